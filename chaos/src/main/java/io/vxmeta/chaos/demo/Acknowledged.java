package io.vxmeta.chaos.demo;

import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/// Which records the cluster has acknowledged, in the order of the acknowledgements, and how evenly
/// they came.
final class Acknowledged {
  /* Threads: acknowledgements come from the client's threads, one reader picks, anybody counts.
   * Invariants: an element below `count` of `order` is the number of an acknowledged record plus one; 0 is a place that is
   *   taken but not yet written, which a reader skips. */

  private final AtomicIntegerArray order;
  private final AtomicInteger count = new AtomicInteger();
  private final Map<ShardGroupId, Gaps> gaps = new ConcurrentHashMap<>();

  Acknowledged(int records) {
    order = new AtomicIntegerArray(records);
  }

  /// To be called for each record once.
  void add(int record, ShardGroupId group) {
    order.set(count.getAndIncrement(), record + 1);
    gapsOf(group).tick(System.nanoTime());
  }

  int count() {
    return count.get();
  }

  /// Picks records acknowledged before the call: half from the newest, half from all; fewer when
  /// there are few.
  List<Integer> pick(int wanted, Random random) {
    int available = count.get();
    List<Integer> picked = new ArrayList<>(wanted);
    int newest = Math.min(wanted / 2, available);
    for (int i = available - newest; i < available; i++) {
      addIfWritten(picked, i);
    }
    for (int i = newest; i < wanted && available > 0; i++) {
      addIfWritten(picked, random.nextInt(available));
    }
    return picked.stream().distinct().toList();
  }

  private void addIfWritten(List<Integer> picked, int place) {
    int record = order.get(place) - 1;
    if (record >= 0) {
      picked.add(record);
    }
  }

  /// Starts to look for the longest gap of a group; the gap that is open now counts from its last
  /// acknowledgement.
  void watch(ShardGroupId group) {
    gapsOf(group).watched = true;
  }

  /// The longest time without an acknowledgement of the group that ended after `watch`, in
  /// milliseconds.
  long longestGapMs(ShardGroupId group) {
    return gapsOf(group).longestNanos.get() / 1_000_000;
  }

  private Gaps gapsOf(ShardGroupId group) {
    return gaps.computeIfAbsent(group, _ -> new Gaps());
  }

  private static final class Gaps {
    private final AtomicLong lastNanos = new AtomicLong(System.nanoTime());
    private final AtomicLong longestNanos = new AtomicLong();
    private volatile boolean watched;

    void tick(long now) {
      long gap = now - lastNanos.getAndSet(now);
      if (watched) {
        longestNanos.accumulateAndGet(gap, Math::max);
      }
    }
  }
}
