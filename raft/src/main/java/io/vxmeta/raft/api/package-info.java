/// The gRPC services: decode, check everything, route to the write or the read path, encode.
@NullMarked
package io.vxmeta.raft.api;

import org.jspecify.annotations.NullMarked;
