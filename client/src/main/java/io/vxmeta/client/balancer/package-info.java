/// Routing for plain gRPC stubs: the target `vxmeta:///host:port,...` and the load-balancing policy
/// `vxmeta_shard`.
@NullMarked
package io.vxmeta.client.balancer;

import org.jspecify.annotations.NullMarked;
