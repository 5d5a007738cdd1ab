/// Drives clusters from outside: processes, load, faults and benchmarks, seen as users see them.
@NullMarked
package io.vxmeta.chaos;

import org.jspecify.annotations.NullMarked;
