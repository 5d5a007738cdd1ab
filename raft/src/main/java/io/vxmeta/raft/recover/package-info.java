/// What a node repairs before its Raft server starts.
@NullMarked
package io.vxmeta.raft.recover;

import org.jspecify.annotations.NullMarked;
