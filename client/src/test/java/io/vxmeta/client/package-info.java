/// Tests of the client against small real gRPC servers whose answers are scripted.
@NullMarked
package io.vxmeta.client;

import org.jspecify.annotations.NullMarked;
