/// A network that can be broken: TCP proxies between each ordered pair of parties.
@NullMarked
package io.vxmeta.chaos.net;

import org.jspecify.annotations.NullMarked;
