/// Tests of how the benchmarks count.
@NullMarked
package io.vxmeta.chaos.bench;

import org.jspecify.annotations.NullMarked;
