/// Benchmarks of a whole cluster, closed loop: what clients get, and what it costs the servers.
@NullMarked
package io.vxmeta.chaos.bench;

import org.jspecify.annotations.NullMarked;
