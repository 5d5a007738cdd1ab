package io.vxmeta.statemachine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.Lifetime;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExpiriesTest {
  @TempDir Path root;

  private final TransactionEncoder encoder = new TransactionEncoder();
  private final BatchWriter writer = new BatchWriter();
  private long index;

  @Test
  void expiredRecordsAreFoundAndNoOthers() {
    Seeded.runs(
        1,
        6,
        random -> {
          index = 0;
          try (GroupState group = GroupState.create(Groups.config(root.resolve("live")));
              SoundAtEnd _ = new SoundAtEnd(group)) {
            Map<Integer, Long> twin = new HashMap<>();
            long now = 1_000;
            for (int round = 0; round < 40; round++) {
              now += random.nextInt(50);
              write(group, twin, random, now);
              assertEquals(expired(twin, now), keys(removeAll(group, now)));
              long at = now;
              twin.values().removeIf(expiry -> expiry != 0 && expiry <= at);
              assertEquals(twin.size(), group.usage().records());
            }
            assertTrue(twin.size() > 10, "records " + twin.size());
          }
        });
  }

  @Test
  void whatWasNotRemovedIsFoundAgain() throws IOException {
    try (GroupState group = GroupState.create(Groups.config(root.resolve("live")));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      put(group, 1, 0, Lifetime.until(50));
      Expiries.Found found = group.expiries().find(group.reader(), 50);
      assertEquals(Set.of(1), keys(found));
      assertTrue(group.expiries().find(group.reader(), 50).keys().isEmpty(), "it is under way");
      group.expiries().notRemoved(found);
      assertEquals(Set.of(1), keys(group.expiries().find(group.reader(), 50)));
    }
  }

  @Test
  void moreThanOneEntryHoldsIsFoundInSeveralSearches() throws IOException {
    try (GroupState group = GroupState.create(Groups.config(root.resolve("live")));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      for (int key = 0; key < 2_500; key++) {
        put(group, key, 0, Lifetime.of(10));
      }
      Expiries.Found first = group.expiries().find(group.reader(), 10);
      assertTrue(first.more());
      assertEquals(Expiries.KEYS_MAX, first.keys().size());
      remove(group, first, 10);
      assertEquals(1_500, keys(removeAll(group, 10)).size());
      assertEquals(0, group.usage().records());
      assertFalse(group.expiries().find(group.reader(), 10).more());
    }
  }

  @Test
  void restoredGroupFindsWhatItHolds() throws IOException {
    GroupStateConfig config = Groups.config(root.resolve("live"));
    try (GroupState group = GroupState.create(config);
        SoundAtEnd _ = new SoundAtEnd(group)) {
      for (int key = 0; key < 300; key++) {
        put(group, key, 0, key % 3 == 0 ? Lifetime.until(50 + key) : Lifetime.FOREVER);
      }
      SnapshotStore store =
          SnapshotStore.open(root.resolve("snapshots"), new SnapshotOwner("test-1", 2));
      Snapshot snapshot =
          new SnapshotWriter(store, Optional.empty()).write(group.cut(1)).snapshot();
      GroupStateConfig other = Groups.config(root.resolve("restored"));
      try (GroupState restored = GroupState.restore(other, snapshot);
          SoundAtEnd _ = new SoundAtEnd(restored)) {
        index = restored.appliedIndex();
        assertEquals(100, keys(removeAll(restored, 1_000)).size());
        assertEquals(200, restored.usage().records());
      }
    }
  }

  @Test
  void shardsWhereNothingIsDueArePassedOver() throws IOException {
    GroupStateConfig config = Groups.config(root.resolve("live"));
    try (GroupState group = GroupState.create(config);
        SoundAtEnd _ = new SoundAtEnd(group)) {
      put(group, 0, 0, Lifetime.until(50));
      put(group, 1, 0, Lifetime.until(90));
      assertEquals(0, zonesRead(group, 49));
      Expiries.Found found = group.expiries().find(group.reader(), 50);
      assertEquals(Set.of(0), keys(found));
      assertEquals(Expiries.ZONES, found.zonesRead(), "one shard of those where records expire");
      remove(group, found, 50);
      assertEquals(0, zonesRead(group, 89));
      assertEquals(Set.of(1), keys(removeAll(group, 90)));
      assertEquals(0, zonesRead(group, Long.MAX_VALUE - 1));
    }
  }

  private static int zonesRead(GroupState group, long now) {
    return group.expiries().find(group.reader(), now).zonesRead();
  }

  /// Some puts with and without an end, over keys that come again.
  private void write(GroupState group, Map<Integer, Long> twin, Random random, long now) {
    for (int i = 0; i < 60; i++) {
      int key = random.nextInt(400);
      int ttl = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(200);
      put(group, key, now, ttl == 0 ? Lifetime.FOREVER : Lifetime.of(ttl));
      twin.put(key, ttl == 0 ? 0 : now + ttl);
    }
  }

  private static Set<Integer> expired(Map<Integer, Long> twin, long now) {
    Set<Integer> expired = new HashSet<>();
    twin.forEach((key, expiry) -> {
      if (expiry != 0 && expiry <= now) {
        expired.add(key);
      }
    });
    return expired;
  }

  private Expiries.Found removeAll(GroupState group, long now) {
    Expiries.Found all = group.expiries().find(group.reader(), now);
    remove(group, all, now);
    for (Expiries.Found next = all; next.more(); ) {
      next = group.expiries().find(group.reader(), now);
      remove(group, next, now);
      all.keys().addAll(next.keys());
    }
    return all;
  }

  private void remove(GroupState group, Expiries.Found found, long now) {
    if (!found.keys().isEmpty()) {
      encoder.beginAnonymous(1);
      found.keys().forEach(key -> encoder.expire(key.shard(), Slice.of(key.tableKey())));
      apply(group, encoder.end(), now);
    }
  }

  private void put(GroupState group, int key, long now, Lifetime lifetime) {
    Slice name = Slice.of(ByteBuffer.allocate(4).putInt(key).array());
    int shard = Groups.SHARDS.get(key % Groups.SHARDS.size());
    encoder.beginAnonymous(9).put(shard, name, Slice.of(new byte[3]), 0, lifetime);
    apply(group, encoder.end(), now);
  }

  private void apply(GroupState group, EncodedTransaction transaction, long now) {
    assertTrue(writer.append(transaction));
    byte[] entry = writer.seal(now);
    group.apply(entry, 0, entry.length, ++index, AnswerSink.NONE);
  }

  private static Set<Integer> keys(Expiries.Found found) {
    Set<Integer> keys = new HashSet<>();
    found.keys().forEach(key -> assertTrue(keys.add(ByteBuffer.wrap(key.tableKey()).getInt(2))));
    return keys;
  }
}
