/// Snapshots of a shard group as directories of files: cutting, writing, verifying, keeping and
/// receiving them.
@NullMarked
package io.vxmeta.statemachine.snapshot;

import org.jspecify.annotations.NullMarked;
