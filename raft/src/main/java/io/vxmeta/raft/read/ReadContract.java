package io.vxmeta.raft.read;

import io.vxmeta.shardmap.Revision;

/// How current a read must be.
public sealed interface ReadContract {
  record Linearizable() implements ReadContract {}

  record AtLeast(Revision revision) implements ReadContract {}

  record Bounded(long stalenessMsMax) implements ReadContract {}

  record Local() implements ReadContract {}
}
