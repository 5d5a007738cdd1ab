/// Faults: each breaks something on purpose, mends it again, and proves that it bit.
@NullMarked
package io.vxmeta.chaos.nemesis;

import org.jspecify.annotations.NullMarked;
