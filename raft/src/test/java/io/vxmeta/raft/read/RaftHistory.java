package io.vxmeta.raft.read;

import io.vxmeta.raft.read.RaftMember.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What Raft decides once and for all, to see that the model's Raft does: who leads a term, and
/// what is committed at an index.
final class RaftHistory {
  private final Flaw flaw;
  private final Map<Long, Integer> leaders = new HashMap<>();
  private final List<Entry> committed = new ArrayList<>();
  private long newestTerm;

  RaftHistory(Flaw flaw) {
    this.flaw = flaw;
  }

  /// The highest term in which a leader was elected.
  long newestTerm() {
    return newestTerm;
  }

  void onElected(RaftMember leader) {
    Integer before = leaders.put(leader.term, leader.id);
    require(before == null || before == leader.id, "two leaders in term " + leader.term);
    newestTerm = Math.max(newestTerm, leader.term);
  }

  void onCommitted(RaftMember leader) {
    for (int at = 0; at <= leader.commit; at++) {
      if (at == committed.size()) {
        committed.add(leader.log.get(at));
      }
      require(committed.get(at).equals(leader.log.get(at)), "two histories at index " + at);
    }
  }

  private void require(boolean holds, String otherwise) {
    if (!holds && !flaw.isBeneath()) {
      throw new IllegalStateException("the model's own Raft is wrong: " + otherwise);
    }
  }
}
