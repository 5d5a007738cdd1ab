/// Proof of the table: against a naive twin, under races, across cuts and from damaged files.
@NullMarked
package io.vxmeta.statemachine.table;

import org.jspecify.annotations.NullMarked;
