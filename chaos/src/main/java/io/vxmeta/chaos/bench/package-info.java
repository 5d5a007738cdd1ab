/// Benchmarks: of a whole cluster in a closed loop, and of the checkers.
@NullMarked
package io.vxmeta.chaos.bench;

import org.jspecify.annotations.NullMarked;
