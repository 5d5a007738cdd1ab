/// Stores under the same load on the same machine, one after the other: vx-meta, and those it is
/// compared with.
@NullMarked
package io.vxmeta.chaos.bench.contest;

import org.jspecify.annotations.NullMarked;
