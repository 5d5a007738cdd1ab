/// What the root group says: the shard map and the namespaces, as this node sees them.
@NullMarked
package io.vxmeta.raft.place;

import org.jspecify.annotations.NullMarked;
