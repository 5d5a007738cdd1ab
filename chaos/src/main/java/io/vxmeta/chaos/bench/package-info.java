/// Benchmarks; here those of the checkers and of placement.
@NullMarked
package io.vxmeta.chaos.bench;

import org.jspecify.annotations.NullMarked;
