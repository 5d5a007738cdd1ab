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

  /// By group, the first sample of each revision, oldest first.
  private final Map<Integer, Map<Long, Sample>> groups = new HashMap<>();

  private long compared;
  private String proof = "";

  public synchronized void add(Sample sample) {
    Map<Long, Sample> group = groups.computeIfAbsent(sample.group, _ -> new LinkedHashMap<>());
    Sample other = group.putIfAbsent(sample.revision, sample);
    if (other != null && !other.node.equals(sample.node)) {
      compare(other, sample);
    }
    if (group.size() > REMEMBERED_MAX) {
      group.remove(group.keySet().iterator().next());
    }
  }

  private void compare(Sample one, Sample other) {
    compared++;
    if (one.digest != other.digest && proof.isEmpty()) {
      proof =
          "at revision %d of group %d node %s has the digest %016x and node %s the digest %016x"
              .formatted(one.revision, one.group, one.node, one.digest, other.node, other.digest);
    }
  }

  /// How often two replicas were met at one revision.
  public synchronized long compared() {
    return compared;
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
