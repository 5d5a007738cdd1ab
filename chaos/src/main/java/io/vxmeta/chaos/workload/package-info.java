/// What clients do during a run, how each call is recorded, and who judges it.
@NullMarked
package io.vxmeta.chaos.workload;

import org.jspecify.annotations.NullMarked;
