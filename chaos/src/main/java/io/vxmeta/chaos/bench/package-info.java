/// Benchmarks; here that of the checkers.
@NullMarked
package io.vxmeta.chaos.bench;

import org.jspecify.annotations.NullMarked;
