package io.vxmeta.statemachine;

import java.util.Arrays;

/// The first answers to the last 1,024 sequences of one producer.
final class AnswerWindow {
  /* Layout: a ring of words, one a sequence, at `sequence mod capacity`. The lowest two bits say what the word is:
   *   0        nothing: this sequence has not arrived
   *   1 SMALL  APPLIED with at most 14 mutations and no numbers: revision in bits 2..45, mutations in 46..49, existed in 50..63
   *   2 LARGE  the remembered form (Answer) is in the slot of `large`; its length is in bits 2..33
   * So the usual answer costs 8 bytes and nothing on the heap.
   * Covered: sequences in (floor, highest]; floor >= highest - 1,024. A sequence at or below the floor is forgotten.
   * Capacity follows from highest - floor alone, and `bytes` from capacity and lengths alone: replicas agree on both however
   *   they came to this state, because the group's budget, and with it what is forgotten, is counted in `bytes`.
   */

  /// Sequences a producer may have in flight or repeat.
  static final int SEQUENCES_MAX = 1_024;

  private static final int SEQUENCES_MIN = 16;

  /// Counted for a large answer beside its bytes: array header and slot.
  private static final int LARGE_OVERHEAD_BYTES = 24;

  private static final int KIND_MASK = 3;
  private static final int SMALL = 1;
  private static final int LARGE = 2;

  private static final int REVISION_SHIFT = 2;
  private static final int REVISION_BITS = 44;
  private static final int MUTATIONS_SHIFT = REVISION_SHIFT + REVISION_BITS;
  private static final int MUTATIONS_SMALL_MAX = 14;
  private static final int EXISTED_SHIFT = MUTATIONS_SHIFT + 4;

  private static final byte[][] NO_LARGE = new byte[0][];
  private static final byte[] NOTHING = new byte[0];

  private long[] words = new long[SEQUENCES_MIN];
  private byte[][] large = NO_LARGE;
  private long highest;
  private long floor;
  private long largeBytes;
  private int answers;
  private long digest;

  long highest() {
    return highest;
  }

  /// Sequences at or below are forgotten.
  long floor() {
    return floor;
  }

  int answers() {
    return answers;
  }

  /// What this window counts for in the group's budget.
  long bytes() {
    return answers == 0 ? 0 : (long) words.length * Long.BYTES + largeBytes;
  }

  /// Sum over the answers; 0 when there are none.
  long digest() {
    return digest;
  }

  boolean holds(long sequence) {
    return sequence > floor && sequence <= highest && words[slot(sequence)] != 0;
  }

  /// Fills the view with the answer to a sequence that this window holds.
  void recall(long sequence, Answer into) {
    int slot = slot(sequence);
    long word = words[slot];
    if ((word & KIND_MASK) == LARGE) {
      into.recall(large[slot]);
    } else {
      into.applied(
          (word >>> REVISION_SHIFT) & ((1L << REVISION_BITS) - 1),
          (int) (word >>> MUTATIONS_SHIFT) & 15);
      into.existedBits((int) (word >>> EXISTED_SHIFT));
    }
    into.markReplayed();
  }

  /// Stores the first answer to a sequence above the floor that is not held.
  void remember(long sequence, Answer answer) {
    cover(sequence);
    boolean small =
        answer.outcome() == Outcome.APPLIED
            && answer.mutations() <= MUTATIONS_SMALL_MAX
            && !answer.hasNumbers()
            && answer.revision() >>> REVISION_BITS == 0;
    if (small) {
      long word =
          SMALL
              | (answer.revision() << REVISION_SHIFT)
              | ((long) answer.mutations() << MUTATIONS_SHIFT)
              | ((long) answer.existedBits() << EXISTED_SHIFT);
      store(sequence, word, NOTHING, 0);
    } else {
      int length = answer.rememberedBytes();
      byte[] to = largeBuffer(slot(sequence), length);
      answer.remember(to);
      store(sequence, LARGE | ((long) length << REVISION_SHIFT), to, length);
    }
  }

  /// Forgets all sequences up to `newFloor`.
  void forget(long newFloor) {
    long last = Math.min(newFloor, highest);
    if (last <= floor) {
      return;
    }
    clear(floor + 1, last);
    floor = last;
    fitCapacity(highest);
  }

  /// The words of this window in the order of sequences, for a snapshot.
  void forEach(SlotVisitor visitor) {
    for (long sequence = floor + 1; sequence <= highest; sequence++) {
      long word = words[slot(sequence)];
      if (word != 0) {
        boolean isLarge = (word & KIND_MASK) == LARGE;
        visitor.visit(sequence, word, isLarge ? large[slot(sequence)] : NOTHING);
      }
    }
  }

  /// Takes what `forEach` gave.
  interface SlotVisitor {
    void visit(long sequence, long word, byte[] large);
  }

  /// Takes over the bounds of a stored window; its answers follow through `restore`.
  ///
  /// @return false if no window can have these bounds
  boolean restoreBounds(long storedFloor, long storedHighest) {
    if (storedFloor < 0 || storedHighest < storedFloor) {
      return false;
    }
    if (storedHighest - storedFloor > SEQUENCES_MAX) {
      return false;
    }
    floor = storedFloor;
    highest = storedHighest;
    words = new long[capacity(storedHighest - storedFloor)];
    return true;
  }

  /// Takes over one stored answer; `bytes` are those of a large one, else empty.
  ///
  /// @return false if no window can hold it
  boolean restore(long sequence, long word, byte[] bytes) {
    if (sequence <= floor || sequence > highest || words[slot(sequence)] != 0) {
      return false;
    }
    int kind = (int) (word & KIND_MASK);
    boolean good =
        kind == SMALL
            ? bytes.length == 0
            : kind == LARGE
                && word >>> REVISION_SHIFT == bytes.length
                && Answer.isRemembered(bytes, bytes.length);
    if (!good) {
      return false;
    }
    if (kind == LARGE) {
      largeBuffer(slot(sequence), 0);
      large[slot(sequence)] = bytes;
    }
    store(sequence, word, bytes, bytes.length);
    return true;
  }

  /// Length of the large answer that follows a stored word.
  static int largeBytes(long word) {
    return (word & KIND_MASK) == LARGE
        ? (int) Math.min(word >>> REVISION_SHIFT, Integer.MAX_VALUE)
        : 0;
  }

  private void store(long sequence, long word, byte[] bytes, int length) {
    words[slot(sequence)] = word;
    answers++;
    if ((word & KIND_MASK) == LARGE) {
      largeBytes += length + LARGE_OVERHEAD_BYTES;
    }
    digest += answerDigest(sequence, word, bytes);
  }

  /// Moves the window up until it covers `sequence`.
  private void cover(long sequence) {
    if (sequence <= highest) {
      return;
    }
    long newFloor = Math.max(floor, sequence - SEQUENCES_MAX);
    long lastHeld = highest;
    clear(floor + 1, Math.min(newFloor, lastHeld));
    floor = newFloor;
    highest = sequence;
    fitCapacity(lastHeld);
  }

  private void clear(long from, long to) {
    for (long sequence = from; sequence <= to; sequence++) {
      int slot = slot(sequence);
      long word = words[slot];
      if (word != 0) {
        boolean isLarge = (word & KIND_MASK) == LARGE;
        digest -= answerDigest(sequence, word, isLarge ? large[slot] : NOTHING);
        largeBytes -= isLarge ? largeBytes(word) + LARGE_OVERHEAD_BYTES : 0;
        words[slot] = 0;
        answers--;
      }
    }
  }

  /// Moves the answers, the last of which is `lastHeld`, into a ring of the size that the covered
  /// range asks for.
  private void fitCapacity(long lastHeld) {
    int wanted = capacity(highest - floor);
    if (wanted == words.length) {
      return;
    }
    long[] oldWords = words;
    byte[][] oldLarge = large;
    words = new long[wanted];
    large = oldLarge.length == 0 ? NO_LARGE : emptyLarge(wanted);
    for (long sequence = floor + 1; sequence <= lastHeld; sequence++) {
      int oldSlot = (int) (sequence & (oldWords.length - 1));
      words[slot(sequence)] = oldWords[oldSlot];
      if (large.length != 0) {
        large[slot(sequence)] = oldLarge[oldSlot];
      }
    }
  }

  private byte[] largeBuffer(int slot, int length) {
    if (large.length == 0) {
      large = emptyLarge(words.length);
    }
    byte[] buffer = large[slot];
    if (buffer.length < length || buffer.length > 4 * length + 64) {
      buffer = new byte[length];
      large[slot] = buffer;
    }
    return buffer;
  }

  private static long answerDigest(long sequence, long word, byte[] bytes) {
    return Mix.next(Mix.next(Mix.one(sequence), word), Mix.bytes(bytes, largeBytes(word)));
  }

  private static byte[][] emptyLarge(int slots) {
    byte[][] empty = new byte[slots][];
    Arrays.fill(empty, NOTHING);
    return empty;
  }

  private int slot(long sequence) {
    return (int) (sequence & (words.length - 1));
  }

  private static int capacity(long covered) {
    int sequences = (int) Math.min(Math.max(covered, SEQUENCES_MIN), SEQUENCES_MAX);
    return Integer.highestOneBit(2 * sequences - 1);
  }
}
