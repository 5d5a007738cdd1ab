package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.table.RecordView;
import io.vxmeta.statemachine.table.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Knows in a fixed amount of memory where records may expire, and finds those whose time has come.
public final class Expiries {
  /* A shard's keys, in the order of a scan, are cut into ZONES zones, and for each there is one number: no record of it
   *   expires before. It may be too low, when such a record was deleted or written again; then the zone is scanned in vain once.
   *   One more number is at or below those of all zones of a shard, so that a search passes over a shard without reading them:
   *   searches are made twice a second, on a node of 128 shards over half a million zones.
   * Threads: the apply thread notes; one thread at a time collects, beside it.
   * Order: a record is in its table BEFORE it is noted, and a zone is forgotten BEFORE it is scanned: so the scan sees the
   *   record, or it is noted afterwards. Found keys are forgotten too: whoever fails to remove them calls `notRemoved`.
   *   In the same way a zone's number is lowered BEFORE its shard's, and a shard's is forgotten BEFORE its zones are read.
   *   A shard that begins anew keeps its numbers, which are lowered to unknown in that order: a search that was under way when
   *   it left can hide nothing.
   * Memory: 32 KiB a shard, whatever is stored. After a restore every zone says 0, unknown, and the first walk over the
   *   records mends that; nothing of this is in snapshots or digests.
   * Why no heap of keys, no timer wheel: docs/decisions.md.
   */

  private static final Logger LOG = LoggerFactory.getLogger(Expiries.class);

  /// Zones of a shard.
  static final int ZONES = 4_096;

  /// Keys found at once, at most: one log entry, one uninterrupted piece of apply work.
  static final int KEYS_MAX = 1_000;

  /// Bytes of these keys, at most.
  static final int KEY_BYTES_MAX = 256 << 10;

  /// Records looked at for one answer, about, at most: some 50 ms.
  static final int RECORDS_MAX = 200_000;

  /// Records a step of a scan asks for.
  private static final int PAGE_RECORDS = 64;

  private static final long ZONE_PLACES = Table.SCAN_PLACES / ZONES;
  private static final long NEVER = Long.MAX_VALUE;
  private static final long UNKNOWN = 0;

  private final AtomicReferenceArray<@Nullable AtomicLongArray> earliest =
      new AtomicReferenceArray<>(Limits.SHARD_MAX + 1);

  /// Replaced as a whole by the apply thread.
  private volatile int[] shards;

  /// By shard, as the array above.
  private final AtomicLongArray earliestOfShard = new AtomicLongArray(Limits.SHARD_MAX + 1);

  /// Where the next search begins, so that no zone waits for ever behind a busy one.
  private int nextZone;

  private Expiries(List<Integer> shards, long ofEachZone) {
    this.shards = shards.stream().mapToInt(shard -> shard).toArray();
    long[] zones = new long[ZONES];
    Arrays.fill(zones, ofEachZone);
    for (int shard : this.shards) {
      earliest.set(shard, new AtomicLongArray(zones));
      earliestOfShard.set(shard, ofEachZone);
    }
  }

  /// Of shards without records.
  static Expiries ofEmpty(List<Integer> shards) {
    return new Expiries(shards, NEVER);
  }

  /// Of shards of which nothing is known.
  static Expiries ofUnknown(List<Integer> shards) {
    return new Expiries(shards, UNKNOWN);
  }

  /// Apply thread, AFTER readers may look into the shard: nothing is known of its records.
  void begin(int shard) {
    AtomicLongArray zones = earliest.get(shard);
    if (zones == null) {
      earliest.set(shard, new AtomicLongArray(ZONES)); // UNKNOWN
    } else {
      for (int zone = 0; zone < ZONES; zone++) {
        lower(zones, zone, UNKNOWN);
      }
    }
    lower(earliestOfShard, shard, UNKNOWN);
    shards = IntStream.concat(Arrays.stream(shards), IntStream.of(shard)).sorted().toArray();
  }

  /// Apply thread: the shard is not searched any more.
  void end(int shard) {
    shards = Arrays.stream(shards).filter(each -> each != shard).toArray();
  }

  /// A record that has expired.
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  public record Key(int shard, byte[] tableKey) {}

  /// What one search found.
  public static final class Found {
    private final List<Key> keys = new ArrayList<>();
    private final List<Zone> zones = new ArrayList<>();
    private int bytes;
    private int records;
    private int zonesRead;

    /// Expired records, by their keys.
    public List<Key> keys() {
      return keys;
    }

    /// True if the search ended at a limit: there may be more.
    public boolean more() {
      return full() || records >= RECORDS_MAX;
    }

    /// Zones whose numbers were read; those of shards that were passed over are none.
    int zonesRead() {
      return zonesRead;
    }

    private boolean full() {
      return keys.size() >= KEYS_MAX || bytes >= KEY_BYTES_MAX;
    }
  }

  /// Apply thread, AFTER the record was put.
  void note(int shard, byte[] buffer, int keyOffset, int keyLength, long expiresAtMs) {
    int zone = (int) (Table.scanPlace(buffer, keyOffset, keyLength) / ZONE_PLACES);
    lower(shard, zone, expiresAtMs);
  }

  /// Finds records that expire at or before `nowMs`, of shards that take writes. Every search goes
  /// on where the last one ended.
  public Found find(GroupReader reader, long nowMs) {
    Found found = new Found();
    int[] searched = shards;
    int all = searched.length * ZONES;
    nextZone = nextZone < all ? nextZone : 0; // A shard may have left.
    for (int done = 0; done < all && !found.more(); ) {
      int shard = searched[nextZone / ZONES];
      int from = nextZone % ZONES;
      int zones = Math.min(ZONES - from, all - done);
      boolean due = earliestOfShard.get(shard) <= nowMs && reader.takesWrites(shard);
      int passed =
          due ? searched(reader, shard, new Zones(from, from + zones), nowMs, found) : zones;
      done += passed;
      nextZone = (nextZone + passed) % all;
    }
    if (!found.more()) {
      nextZone = 0; // Whole shards the next time: only those are known to be quiet afterwards.
    }
    return found;
  }

  /// Returns how many zones need no search now: all of them, if the shard has left meanwhile.
  private int searched(GroupReader reader, int shard, Zones range, long nowMs, Found found) {
    try {
      return search(reader, shard, range, nowMs, found);
    } catch (ShardNotServed leftMeanwhile) {
      LOG.debug("not looking for expired records", leftMeanwhile);
      return range.to() - range.from();
    }
  }

  private record Zone(int shard, int number) {}

  /// Zones of one shard that follow each other.
  private record Zones(int from, int to) {
    boolean whole() {
      return to - from == ZONES;
    }
  }

  /// Returns how many zones were searched before a limit was met.
  private int search(GroupReader reader, int shard, Zones range, long nowMs, Found found) {
    AtomicLongArray zones = zones(shard);
    if (range.whole()) {
      earliestOfShard.set(shard, NEVER);
    }
    long earliestLeft = UNKNOWN;
    int zone = range.from();
    try {
      long lowest = NEVER;
      for (; zone < range.to() && !found.more(); zone++) {
        found.zonesRead++;
        if (zones.get(zone) <= nowMs) {
          scan(reader, shard, zone, nowMs, found);
        }
        lowest = Math.min(lowest, zones.get(zone));
      }
      earliestLeft = range.whole() && zone == range.to() ? lowest : UNKNOWN;
    } finally {
      lower(earliestOfShard, shard, earliestLeft);
    }
    return zone - range.from();
  }

  /// Not all of the found records may be gone: they will be looked for again.
  public void notRemoved(Found found) {
    for (Zone zone : found.zones) {
      lower(zone.shard(), zone.number(), UNKNOWN);
    }
  }

  private void scan(GroupReader reader, int shard, int zone, long nowMs, Found found) {
    zones(shard).set(zone, NEVER);
    found.zones.add(new Zone(shard, zone));
    Scan scan = new Scan(shard, zone, nowMs, found);
    boolean whole = false;
    try {
      long end = (zone + 1) * ZONE_PLACES;
      long place = zone * ZONE_PLACES;
      while (place != Table.SCAN_END && place < end) {
        place =
            reader.scan(shard, place, PAGE_RECORDS, RecordView.Content.WITHOUT_VALUE, scan::take);
      }
      whole = true;
    } finally {
      lower(shard, zone, whole ? scan.earliestLeft : UNKNOWN);
    }
  }

  /// The records of one zone, as a scan hands them over together with some of the next.
  private static final class Scan {
    private final int shard;
    private final int zone;
    private final long nowMs;
    private final Found found;
    private long earliestLeft = NEVER;

    Scan(int shard, int zone, long nowMs, Found found) {
      this.shard = shard;
      this.zone = zone;
      this.nowMs = nowMs;
      this.found = found;
    }

    void take(byte[] key, int keyLength, RecordView record) {
      found.records++;
      long expiresAtMs = record.expiresAtMs();
      if (expiresAtMs == 0 || Table.scanPlace(key, 0, keyLength) / ZONE_PLACES != zone) {
        return;
      }
      if (expiresAtMs > nowMs || found.full()) {
        earliestLeft = Math.min(earliestLeft, expiresAtMs);
        return;
      }
      found.keys.add(new Key(shard, Arrays.copyOf(key, keyLength)));
      found.bytes += keyLength;
    }
  }

  /// The zone BEFORE its shard.
  private void lower(int shard, int zone, long expiresAtMs) {
    lower(zones(shard), zone, expiresAtMs);
    lower(earliestOfShard, shard, expiresAtMs);
  }

  private static void lower(AtomicLongArray numbers, int at, long expiresAtMs) {
    if (expiresAtMs < numbers.get(at)) {
      numbers.accumulateAndGet(at, expiresAtMs, Math::min);
    }
  }

  private AtomicLongArray zones(int shard) {
    AtomicLongArray zones = earliest.get(shard);
    if (zones == null) {
      throw new IllegalStateException(
          "expected a shard of this group; shard=" + shard + "; transactions are checked before");
    }
    return zones;
  }
}
