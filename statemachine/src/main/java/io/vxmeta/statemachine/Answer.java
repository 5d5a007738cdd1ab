package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.LittleEndian;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What one transaction is answered with; a view that is filled again for the next one.
public final class Answer {
  /* Threads: the owner of the view. Memory: arrays grow to the largest transaction met (10,000 mutations: 85 KiB) and stay.
   * The remembered form (docs/disk-format.md, "producers") holds exactly what a repetition must be told.
   */

  private static final long[] NO_NUMBERS = new long[0];
  private static final int REMEMBERED_HEADER_BYTES = 1 + Long.BYTES;

  private Outcome outcome = Outcome.APPLIED;
  private boolean replayed;
  private long revision;
  private int failedIndex;
  private long fact;
  private int mutations;
  private int numberCount;
  private byte[] existed = new byte[8];
  private byte[] hasNumber = new byte[8];
  private long[] numbers = NO_NUMBERS;
  private @Nullable ShardStanding standing;

  Answer() {}

  /// How the transaction ended.
  public Outcome outcome() {
    return outcome;
  }

  /// True if this is the first answer of a repeated transaction.
  public boolean replayed() {
    return replayed;
  }

  /// APPLIED: the version of every record put. Otherwise: the group's revision when that was
  /// decided.
  public long revision() {
    return revision;
  }

  /// COMPARE_FAILED, WRONG_TYPE, COLLECTION_TOO_LARGE, LATER, MOVED, TABLE_FULL: index of the first
  /// compare or mutation to blame. For TABLE_FULL it is the index of a mutation, for LATER and
  /// MOVED that of a compare or, if all of these are of the group's shards, of a mutation.
  public int failedIndex() {
    return failedIndex;
  }

  /// COMPARE_FAILED: the version found, 0 if there was no record.
  public long foundVersion() {
    return outcome == Outcome.COMPARE_FAILED ? fact : 0;
  }

  /// PRODUCER_FENCED: the epoch that fences.
  public long currentEpoch() {
    return outcome == Outcome.PRODUCER_FENCED ? fact : 0;
  }

  /// SEQUENCE_TOO_OLD: the highest sequence of the producer so far.
  public long highestSequence() {
    return outcome == Outcome.SEQUENCE_TOO_OLD ? fact : 0;
  }

  /// TOO_MANY_PRODUCERS: how many the group remembers at most.
  public long producersMax() {
    return outcome == Outcome.TOO_MANY_PRODUCERS ? fact : 0;
  }

  /// LATER, MOVED, TABLE_FULL: the shard.
  public int failedShard() {
    return switch (outcome) {
      case LATER, MOVED, TABLE_FULL -> (int) fact;
      case APPLIED,
          COMPARE_FAILED,
          WRONG_TYPE,
          PRODUCER_FENCED,
          SEQUENCE_TOO_OLD,
          TOO_MANY_PRODUCERS,
          COLLECTION_TOO_LARGE,
          OUT_OF_TURN,
          COPY_DIFFERS ->
          0;
    };
  }

  /// Of an entry of a shard's move: what the group knows of the shard afterwards.
  public Optional<ShardStanding> standing() {
    return Optional.ofNullable(standing);
  }

  /// APPLIED: number of mutations; otherwise 0.
  public int mutations() {
    return mutations;
  }

  /// The record was there before the mutation.
  public boolean existed(int mutation) {
    return bit(existed, mutation);
  }

  /// Merges: true.
  public boolean hasNumber(int mutation) {
    return numberCount > 0 && bit(hasNumber, mutation);
  }

  /// Add, max, min: the counter's value afterwards. Put-if-newer: 1 if it was stored, else 0. Sets:
  /// members that came or went. Intervals: numbers newly covered, at most `Long.MAX_VALUE`.
  public long number(int mutation) {
    return hasNumber(mutation) ? numbers[mutation] : 0;
  }

  /// An answer of its own, for another thread.
  public Answer copy() {
    Answer copy = new Answer();
    copy.outcome = outcome;
    copy.replayed = replayed;
    copy.revision = revision;
    copy.failedIndex = failedIndex;
    copy.fact = fact;
    copy.mutations = mutations;
    copy.numberCount = numberCount;
    copy.standing = standing;
    int bytes = bitmapBytes(mutations);
    copy.existed = Arrays.copyOf(existed, Math.max(bytes, Short.BYTES));
    if (numberCount > 0) {
      copy.hasNumber = Arrays.copyOf(hasNumber, bytes);
      copy.numbers = Arrays.copyOf(numbers, mutations);
    }
    return copy;
  }

  void applied(long newRevision, int mutationCount) {
    reset(Outcome.APPLIED, newRevision);
    mutations = mutationCount;
    int bytes = bitmapBytes(mutationCount);
    if (existed.length < bytes) {
      existed = new byte[bytes];
      hasNumber = new byte[bytes];
    }
    Arrays.fill(existed, 0, bytes, (byte) 0);
  }

  void refuse(Outcome refusal, long atRevision, int index, long newFact) {
    reset(refusal, atRevision);
    failedIndex = index;
    fact = newFact;
  }

  void standing(ShardStanding after) {
    standing = after;
  }

  void markExisted(int mutation) {
    existed[mutation >> 3] |= (byte) (1 << (mutation & 7));
  }

  void number(int mutation, long number) {
    if (numberCount == 0) {
      Arrays.fill(hasNumber, 0, bitmapBytes(mutations), (byte) 0);
      if (numbers.length < mutations) {
        numbers = new long[Math.max(mutations, 16)];
      }
    }
    numberCount++;
    hasNumber[mutation >> 3] |= (byte) (1 << (mutation & 7));
    numbers[mutation] = number;
  }

  void markReplayed() {
    replayed = true;
  }

  boolean hasNumbers() {
    return numberCount > 0;
  }

  /// The bits of `existed`, mutation 0 lowest; for at most 16 mutations.
  int existedBits() {
    return LittleEndian.u16(existed, 0) & ((1 << mutations) - 1);
  }

  void existedBits(int bits) {
    LittleEndian.u16(existed, 0, bits);
  }

  /// Bytes of the remembered form.
  int rememberedBytes() {
    return REMEMBERED_HEADER_BYTES
        + switch (outcome) {
          case APPLIED ->
              2 * Short.BYTES
                  + bitmapBytes(mutations)
                  + (numberCount == 0 ? 0 : bitmapBytes(mutations) + numberCount * Long.BYTES);
          case COMPARE_FAILED -> Short.BYTES + Long.BYTES;
          case WRONG_TYPE, COLLECTION_TOO_LARGE -> Short.BYTES;
          case MOVED -> 2 * Short.BYTES;
          case PRODUCER_FENCED,
              SEQUENCE_TOO_OLD,
              TOO_MANY_PRODUCERS,
              TABLE_FULL,
              LATER,
              OUT_OF_TURN,
              COPY_DIFFERS ->
              throw new IllegalStateException(
                  "expected an answer that is remembered; outcome=" + outcome);
        };
  }

  /// Writes the remembered form, `rememberedBytes` long.
  void remember(byte[] to) {
    to[0] = (byte) outcome.code();
    LittleEndian.i64(to, 1, revision);
    int at = REMEMBERED_HEADER_BYTES;
    if (outcome != Outcome.APPLIED) {
      LittleEndian.u16(to, at, failedIndex);
      if (outcome == Outcome.COMPARE_FAILED) {
        LittleEndian.i64(to, at + Short.BYTES, fact);
      } else if (outcome == Outcome.MOVED) {
        LittleEndian.u16(to, at + Short.BYTES, (int) fact);
      }
      return;
    }
    LittleEndian.u16(to, at, mutations);
    LittleEndian.u16(to, at + Short.BYTES, numberCount);
    at += 2 * Short.BYTES;
    int bytes = bitmapBytes(mutations);
    System.arraycopy(existed, 0, to, at, bytes);
    if (numberCount > 0) {
      at += bytes;
      System.arraycopy(hasNumber, 0, to, at, bytes);
      at += bytes;
      for (int i = 0; i < mutations; i++) {
        if (hasNumber(i)) {
          LittleEndian.i64(to, at, numbers[i]);
          at += Long.BYTES;
        }
      }
    }
  }

  /// Fills this view from a remembered form.
  void recall(byte[] from) {
    long atRevision = LittleEndian.i64(from, 1);
    int at = REMEMBERED_HEADER_BYTES;
    if (from[0] != Outcome.APPLIED.code()) {
      recallRefusal(from, atRevision);
      return;
    }
    applied(atRevision, LittleEndian.u16(from, at));
    int count = LittleEndian.u16(from, at + Short.BYTES);
    at += 2 * Short.BYTES;
    int bytes = bitmapBytes(mutations);
    System.arraycopy(from, at, existed, 0, bytes);
    if (count > 0) {
      int bits = at + bytes;
      at = bits + bytes;
      for (int i = 0; i < mutations; i++) {
        if ((from[bits + (i >> 3)] & (1 << (i & 7))) != 0) {
          number(i, LittleEndian.i64(from, at));
          at += Long.BYTES;
        }
      }
    }
  }

  private void recallRefusal(byte[] from, long atRevision) {
    int index = LittleEndian.u16(from, REMEMBERED_HEADER_BYTES);
    int at = REMEMBERED_HEADER_BYTES + Short.BYTES;
    if (from[0] == Outcome.COMPARE_FAILED.code()) {
      refuse(Outcome.COMPARE_FAILED, atRevision, index, LittleEndian.i64(from, at));
    } else if (from[0] == Outcome.MOVED.code()) {
      refuse(Outcome.MOVED, atRevision, index, LittleEndian.u16(from, at));
    } else if (from[0] == Outcome.WRONG_TYPE.code()) {
      refuse(Outcome.WRONG_TYPE, atRevision, index, 0);
    } else {
      refuse(Outcome.COLLECTION_TOO_LARGE, atRevision, index, 0);
    }
  }

  /// True if the bytes are a remembered form that `recall` can read in bounds.
  static boolean isRemembered(byte[] bytes, int length) {
    if (length < REMEMBERED_HEADER_BYTES + Short.BYTES) {
      return false;
    }
    int code = bytes[0];
    if (code == Outcome.WRONG_TYPE.code() || code == Outcome.COLLECTION_TOO_LARGE.code()) {
      return length == REMEMBERED_HEADER_BYTES + Short.BYTES;
    }
    if (code == Outcome.COMPARE_FAILED.code()) {
      return length == REMEMBERED_HEADER_BYTES + Short.BYTES + Long.BYTES;
    }
    if (code == Outcome.MOVED.code()) {
      return length == REMEMBERED_HEADER_BYTES + 2 * Short.BYTES;
    }
    int at = REMEMBERED_HEADER_BYTES + 2 * Short.BYTES;
    if (code != Outcome.APPLIED.code() || length < at) {
      return false;
    }
    int mutations = LittleEndian.u16(bytes, REMEMBERED_HEADER_BYTES);
    int numbers = LittleEndian.u16(bytes, REMEMBERED_HEADER_BYTES + Short.BYTES);
    int bitmap = bitmapBytes(mutations);
    if (numbers == 0) {
      return length == at + bitmap;
    }
    return length == at + 2 * bitmap + numbers * Long.BYTES
        && ones(bytes, at + bitmap, bitmap) == numbers
        && lastBitsClear(bytes[at + 2 * bitmap - 1], mutations);
  }

  private void reset(Outcome newOutcome, long atRevision) {
    outcome = newOutcome;
    revision = atRevision;
    replayed = false;
    failedIndex = 0;
    fact = 0;
    mutations = 0;
    numberCount = 0;
    standing = null;
  }

  private boolean bit(byte[] bits, int mutation) {
    if (mutation < 0 || mutation >= mutations) {
      throw new IndexOutOfBoundsException(
          "expected a mutation of 0.." + (mutations - 1) + "; mutation=" + mutation);
    }
    return (bits[mutation >> 3] & (1 << (mutation & 7))) != 0;
  }

  private static int ones(byte[] bits, int offset, int length) {
    int ones = 0;
    for (int i = offset; i < offset + length; i++) {
      ones += Integer.bitCount(bits[i] & 0xFF);
    }
    return ones;
  }

  private static boolean lastBitsClear(byte last, int mutations) {
    int used = mutations & 7;
    return used == 0 || (last & 0xFF) >>> used == 0;
  }

  private static int bitmapBytes(int bits) {
    return (bits + 7) >>> 3;
  }
}
