/// Tests of the routing of plain gRPC stubs.
@NullMarked
package io.vxmeta.client.balancer;

import org.jspecify.annotations.NullMarked;
