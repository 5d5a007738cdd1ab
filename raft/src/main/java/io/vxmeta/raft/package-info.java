/// A vx-meta node: its configuration, its directory, and the one place where all rooms are put
/// together.
@NullMarked
package io.vxmeta.raft;

import org.jspecify.annotations.NullMarked;
