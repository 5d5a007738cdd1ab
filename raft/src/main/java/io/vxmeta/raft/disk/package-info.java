/// The space that is left for log and snapshots.
@NullMarked
package io.vxmeta.raft.disk;

import org.jspecify.annotations.NullMarked;
