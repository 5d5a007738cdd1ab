/// Moves replicas between nodes: who does what is due, and how it is known that it was done.
@NullMarked
package io.vxmeta.raft.move;

import org.jspecify.annotations.NullMarked;
