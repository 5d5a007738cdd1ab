/// Clusters of real node processes on this machine: start, signal, restart, and always clean up.
@NullMarked
package io.vxmeta.chaos.cluster;

import org.jspecify.annotations.NullMarked;
