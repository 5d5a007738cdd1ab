/// The replicated state of one shard group: tables, producers and revision, and the deterministic
/// apply that changes them.
@NullMarked
package io.vxmeta.statemachine;

import org.jspecify.annotations.NullMarked;
