/// Backups of whole clusters: made over the network, verified and restored without one.
@NullMarked
package io.vxmeta.raft.backup;

import org.jspecify.annotations.NullMarked;
