/// Tests of the contest of stores.
@NullMarked
package io.vxmeta.chaos.bench.contest;

import org.jspecify.annotations.NullMarked;
