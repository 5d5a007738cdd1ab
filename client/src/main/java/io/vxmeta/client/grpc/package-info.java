/// What client and server agree on beside the protos: header names, error reasons, the shard map's
/// codec.
@NullMarked
package io.vxmeta.client.grpc;

import org.jspecify.annotations.NullMarked;
