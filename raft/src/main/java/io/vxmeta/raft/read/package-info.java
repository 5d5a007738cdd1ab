/// Proves that a replica may answer: the leader's read barrier, followers' read index, freshness.
@NullMarked
package io.vxmeta.raft.read;

import org.jspecify.annotations.NullMarked;
