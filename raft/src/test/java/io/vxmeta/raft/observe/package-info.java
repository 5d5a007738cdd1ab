/// What a node's metrics are read from.
@NullMarked
package io.vxmeta.raft.observe;

import org.jspecify.annotations.NullMarked;
