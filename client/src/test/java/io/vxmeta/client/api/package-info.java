/// The reference of the gRPC API, written down from its own definitions.
@NullMarked
package io.vxmeta.client.api;

import org.jspecify.annotations.NullMarked;
