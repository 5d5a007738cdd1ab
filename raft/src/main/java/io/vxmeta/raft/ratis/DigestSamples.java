package io.vxmeta.raft.ratis;

import java.util.ArrayDeque;
import java.util.List;

/// The last fingerprints of one replica, at log indexes that all replicas take them at.
final class DigestSamples {
  /* Threads: the apply thread adds and clears, any thread asks.
   * Cost: a fingerprint is kept up to date by every write and only read here, in microseconds, once in EVERY entries.
   */

  /// Replicas of a busy group are thousands of entries apart at most, those of a quiet one none.
  static final int EVERY = 64;

  static final int KEPT = 128;

  private final ArrayDeque<IndexDigest> samples = new ArrayDeque<>(KEPT);

  static boolean isDue(long index) {
    return index % EVERY == 0;
  }

  synchronized void add(IndexDigest sample) {
    if (samples.size() == KEPT) {
      samples.removeFirst();
    }
    samples.addLast(sample);
  }

  /// Another state begins.
  synchronized void clear() {
    samples.clear();
  }

  /// Oldest first.
  synchronized List<IndexDigest> all() {
    return List.copyOf(samples);
  }
}
