/// Tests of backups that need no cluster.
@NullMarked
package io.vxmeta.raft.backup;

import org.jspecify.annotations.NullMarked;
