/// Tests of the proxies against plain sockets.
@NullMarked
package io.vxmeta.chaos.net;

import org.jspecify.annotations.NullMarked;
