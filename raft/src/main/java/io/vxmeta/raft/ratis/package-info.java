/// The only room that sees Apache Ratis: settings, the state-machine adapter, proposals, roles,
/// membership calls.
@NullMarked
package io.vxmeta.raft.ratis;

import org.jspecify.annotations.NullMarked;
