package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.batch.MoveEncoder;
import io.vxmeta.statemachine.batch.SealFacts;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.table.RecordView;
import io.vxmeta.statemachine.table.Table;
import io.vxmeta.statemachine.table.TableReader;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads a shard's copy from one replica of the source, part by part, beside its writes.
public final class ShardCopy {
  /* Threads: one at a time; the apply thread goes on.
   * Order: the whole table in the order of a scan; then rounds: the keys that changed meanwhile (MoveJournals), with what they hold
   *   now; then, when little is left, the freeze; then what is left, the last part of it in the seal.
   * Why the copy is equal to the frozen shard: what was read of a key was its record at some moment after BEGIN. Every later change was
   *   noted under the lock, so it is in the journal when that is taken, and the key is read again after. The journal is taken
   *   last when this replica has applied FREEZE: then nothing changes any more, until the attempt is over, and an attempt that is
   *   over takes no GIVE.
   * Memory: one part, and a bucket's records beyond it; a round's keys, within the journal's limit.
   */

  /// Bytes of a part, about: some 20 ms of the target's time at 16 MiB a second.
  static final int PART_BYTES = 256 << 10;

  /// Keys that may be left when the shard is frozen: 1 ms of look-ups.
  static final int LAST_KEYS = 1_000;

  /// And bytes of their records: room for one value of the largest size. With the fences of a full
  /// group the last part is still one transaction.
  static final int LAST_BYTES = (1 << 20) + (256 << 10);

  /// Rounds of changes that are sent before it is plain that writes are faster than the copy.
  static final int ROUNDS_MAX = 10;

  private static final byte[] NOTHING = {};

  /// Records asked of a scan at once.
  private static final int SCAN_RECORDS_MAX = 64;

  /// What a group state lends.
  record Source(
      int shard,
      long attempt,
      Standings standings,
      ShardTables tables,
      Producers producers,
      GroupSequence sequence,
      MoveJournals journals,
      Lock applyLock) {

    private <T> T locked(Supplier<T> question) {
      applyLock.lock();
      try {
        return question.get();
      } finally {
        applyLock.unlock();
      }
    }

    private boolean isFrozen() {
      return standings.of(shard).is(ShardPhase.FROZEN, attempt);
    }

    /// Why the copy can not go on, if so. Under the lock.
    private Optional<String> over() {
      ShardStanding standing = standings.of(shard);
      if (!standing.isOpen(attempt)) {
        return Optional.of(
            "the source is not open at this attempt; attempt=" + attempt + " found=" + standing);
      }
      if (journals.isLost(shard, attempt)) {
        return Optional.of(
            "more keys changed than this replica notes; bytesMax="
                + MoveJournals.BYTES_MAX
                + "; copy when there are fewer writes, or faster");
      }
      return journals.isWhole(shard, attempt)
          ? Optional.empty()
          : Optional.of(
              "this replica was restored or closed since the attempt began, and does not know what"
                  + " changed; begin another one");
    }

    private SealFacts facts() {
      Table table = tables.table(shard);
      return new SealFacts(
          table.records(), table.digest(), sequence.revision(), producers.fences());
    }
  }

  /// A record, or none, as it was read.
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  private record Copied(byte[] key, byte[] value, MoveEncoder.@Nullable Numbers numbers) {
    int bytes() {
      return MoveEncoder.copiedBytes(key.length, value.length);
    }

    void encode(MoveEncoder into) {
      if (numbers == null) {
        into.absence(Slice.of(key));
      } else {
        into.record(Slice.of(key), Slice.of(value), numbers);
      }
    }
  }

  private final Source source;
  private final MoveEncoder encoder = new MoveEncoder();
  private final RecordView view = RecordView.whole();
  private final Deque<Copied> read = new ArrayDeque<>();
  private final Deque<ChangedKey> round = new ArrayDeque<>();
  private @Nullable TableReader reader;
  private @Nullable SealFacts facts;
  private long readBytes;
  private long cursor;
  private int rounds;
  private long nextPart;
  private int scanRecords = 1;

  ShardCopy(Source source) {
    this.source = source;
  }

  /// What comes next. A part that was given is not given again: keep it until it is seen applied.
  public CopyStep next() {
    Optional<String> over = source.locked(this::begin);
    if (over.isPresent()) {
      return new CopyStep.Over(over.get());
    }
    try {
      return step();
    } catch (IllegalStateException closed) {
      // The shard was given away and released, or the state was replaced, under the look-ups.
      over = source.locked(source::over);
      if (over.isEmpty()) {
        throw closed;
      }
      return new CopyStep.Over(over.get());
    }
  }

  /// Under the lock.
  private Optional<String> begin() {
    Optional<String> over = source.over();
    if (over.isEmpty() && reader == null) {
      reader = source.tables().table(source.shard()).reader();
    }
    return over;
  }

  private CopyStep step() {
    if (!walked()) {
      fillFromWalk();
      if (!read.isEmpty()) {
        return part();
      }
    }
    while (facts == null) {
      fillFromRound(PART_BYTES);
      if (!read.isEmpty()) {
        return part();
      }
      Optional<CopyStep> turn = nextRound();
      if (turn.isPresent()) {
        return turn.get();
      }
    }
    return lastParts(facts);
  }

  private boolean walked() {
    return cursor == Table.SCAN_END && read.isEmpty();
  }

  private void fillFromWalk() {
    while (cursor != Table.SCAN_END && readBytes < PART_BYTES) {
      int before = read.size();
      long bytesBefore = readBytes;
      cursor =
          reader()
              .scan(
                  cursor,
                  scanRecords,
                  RecordView.Content.WHOLE,
                  (key, keyLength, record) -> hold(copied(Arrays.copyOf(key, keyLength), record)));
      int found = read.size() - before;
      long bytesEach = (readBytes - bytesBefore) / Math.max(1, found);
      scanRecords = Math.clamp(PART_BYTES / Math.max(1, bytesEach), 1, SCAN_RECORDS_MAX);
    }
  }

  private void fillFromRound(int bytesMax) {
    while (!round.isEmpty() && readBytes < bytesMax) {
      byte[] key = round.remove().bytes();
      boolean _ = reader().get(key, 0, key.length, view);
      hold(copied(key, view));
    }
  }

  private static Copied copied(byte[] key, RecordView record) {
    if (!record.found()) {
      return new Copied(key, NOTHING, null);
    }
    int from = record.valueOffset();
    return new Copied(
        key,
        Arrays.copyOfRange(record.value(), from, from + record.valueLength()),
        new MoveEncoder.Numbers(
            record.version(), record.createVersion(), record.flags(), record.expiresAtMs()));
  }

  /// Takes what changed since the last round, or says what to do instead.
  private Optional<CopyStep> nextRound() {
    if (source.locked(this::takeLast)) {
      return Optional.empty();
    }
    if (isLittle()) {
      return Optional.of(new CopyStep.Freeze());
    }
    if (rounds == ROUNDS_MAX) {
      return Optional.of(
          new CopyStep.Over(
              "writes to the shard are faster than the copy; rounds="
                  + rounds
                  + "; raise move.bytes-per-second, or move it when there are fewer writes"));
    }
    rounds++;
    round.addAll(source.locked(() -> source.journals().take(source.shard(), source.attempt())));
    return Optional.empty();
  }

  /// Under the lock: if the shard is frozen, what is left of its changes is final.
  private boolean takeLast() {
    if (!source.isFrozen()) {
      return false;
    }
    round.addAll(source.journals().take(source.shard(), source.attempt()));
    facts = source.facts();
    return true;
  }

  /// Whether what changed is little; it stays noted.
  private boolean isLittle() {
    Optional<List<ChangedKey>> keys = source.locked(this::fewKeys);
    if (keys.isEmpty()) {
      return false;
    }
    RecordView lengths = RecordView.withoutValue();
    long bytes = 0;
    for (ChangedKey key : keys.get()) {
      boolean _ = reader().get(key.bytes(), 0, key.bytes().length, lengths);
      bytes += MoveEncoder.copiedBytes(key.bytes().length, lengths.valueLength());
    }
    return bytes <= LAST_BYTES;
  }

  /// Under the lock: empty if they are many.
  private Optional<List<ChangedKey>> fewKeys() {
    MoveJournals journals = source.journals();
    return journals.size(source.shard(), source.attempt()) <= LAST_KEYS
        ? Optional.of(journals.peek(source.shard(), source.attempt()))
        : Optional.empty();
  }

  private CopyStep lastParts(SealFacts sealed) {
    fillFromRound(LAST_BYTES);
    if (round.isEmpty() && readBytes <= LAST_BYTES && read.size() <= Limits.MUTATIONS_MAX) {
      encoder.beginSeal(source.shard(), source.attempt(), nextPart, sealed);
      read.forEach(record -> record.encode(encoder));
      return new CopyStep.Seal(encoder.end(), nextPart, sealed.records());
    }
    return part();
  }

  /// One part of what was read; the rest waits for the next.
  private CopyStep part() {
    encoder.beginPart(source.shard(), source.attempt(), nextPart);
    do {
      letGo().encode(encoder);
    } while (!read.isEmpty()
        && encoder.records() < Limits.MUTATIONS_MAX
        && encoder.size() + read.element().bytes() <= PART_BYTES);
    int records = encoder.records();
    return new CopyStep.Part(encoder.end(), nextPart++, records);
  }

  private void hold(Copied record) {
    read.add(record);
    readBytes += record.bytes();
  }

  private Copied letGo() {
    Copied record = read.remove();
    readBytes -= record.bytes();
    return record;
  }

  private TableReader reader() {
    TableReader open = reader;
    if (open == null) {
      throw new IllegalStateException("expected a copy that has begun; ask `next`");
    }
    return open;
  }
}
