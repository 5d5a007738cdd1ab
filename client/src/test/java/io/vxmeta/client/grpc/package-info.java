/// Tests of what client and server agree on.
@NullMarked
package io.vxmeta.client.grpc;

import org.jspecify.annotations.NullMarked;
