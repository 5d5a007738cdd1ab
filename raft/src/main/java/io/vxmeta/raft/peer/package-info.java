/// Node to node beside Raft: barrier questions, read indices and snapshot files over gRPC.
@NullMarked
package io.vxmeta.raft.peer;

import org.jspecify.annotations.NullMarked;
