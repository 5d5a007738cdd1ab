package io.vxmeta.chaos.check.linear;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Judges digests of replicas that were taken at any time, while writes go on: at one revision of a
/// shard group every replica has the same.
public final class ReplicaDigests {
  /* Threads: any, under one lock. Memory: bounded; the oldest revisions are forgotten first, because replicas are asked soon
   * after each other or not at all. */

  /// Revisions remembered of one group.
  static final int REMEMBERED_MAX = 10_000;

  /// What one replica said of itself.
  public record Sample(int group, long revision, String node, long digest) {}

  private final Map<Integer, Group> groups = new HashMap<>();
  private long compared;
  private String proof = "";

  /// The first sample of each revision, oldest first.
  private static final class Group extends LinkedHashMap<Long, Sample> {
    private static final long serialVersionUID = 1;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, Sample> eldest) {
      return size() > REMEMBERED_MAX;
    }
  }

  public synchronized void add(Sample sample) {
    Sample other =
        groups.computeIfAbsent(sample.group, _ -> new Group()).putIfAbsent(sample.revision, sample);
    if (other == null || other.node.equals(sample.node)) {
      return;
    }
    compared++;
    if (other.digest != sample.digest && proof.isEmpty()) {
      proof =
          "at revision %d of group %d node %s has the digest %016x and node %s the digest %016x"
              .formatted(
                  sample.revision,
                  sample.group,
                  other.node,
                  other.digest,
                  sample.node,
                  sample.digest);
    }
  }

  /// Undecided as long as no two replicas were seen at one revision.
  public synchronized Verdict judge() {
    if (!proof.isEmpty()) {
      return new Verdict.Broken(proof, List.of());
    }
    return compared > 0
        ? new Verdict.Holds()
        : new Verdict.Undecided(
            "expected two replicas at one revision; ask for digests when writes rest");
  }
}
