/// The console over real HTTP, of nodes that are a few fields.
@NullMarked
package io.vxmeta.raft.console;

import org.jspecify.annotations.NullMarked;
