package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.LittleEndian;
import io.vxmeta.statemachine.batch.MoveReader;
import io.vxmeta.statemachine.batch.SealFacts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The producers of a group: who may write next, and what a repetition is answered.
final class Producers {
  /* Threads: the apply thread only, but for what ProducersCut says.
   * A transaction asks `admit` BEFORE anything is decided and, if its answer is one to remember, calls `remember` AFTER.
   *   Between the two nothing here changes, so a refusal leaves no trace.
   * Order: a ring from the least to the most recently used, `ring` being the place between them. Stamps grow along it, so a
   *   snapshot in any order restores it. Use means a remembered answer, not a repetition.
   * Forgetting: producers idle in leader time go from the old end. When answers pass their budget, those of the producer used
   *   least recently are forgotten first, from `oldestWithAnswers` on: the least recently used of those with any. Producers without
   *   answers are older than that, or were fenced by a shard that moved here and have not written since.
   * Determinism: everything here follows from the sequence of entries; no clock, no hash order.
   */

  /// Idle producers forgotten per entry, at most: a window takes some 10 us to forget.
  static final int FORGOTTEN_PER_ENTRY_MAX = 16;

  private static final int TABLE_SLOTS_MIN = 64;

  private final ProducerLimits limits;
  private final Producer ring = new Producer(0, 0, 0);
  private @Nullable Producer[] table = new @Nullable Producer[TABLE_SLOTS_MIN];
  private Producer oldestWithAnswers = ring;
  private int count;
  private long bytes;
  private long digest;
  private long lastStamp;
  private int cuts;
  private @Nullable ProducersCut openCut;

  // Between admit and remember.
  private long admittedHigh;
  private long admittedLow;
  private long admittedEpoch;
  private long admittedSequence;
  private @Nullable Producer admitted;

  /// What `admit` decided.
  enum Admission {
    /// Go on, and `remember` the answer if it is one to remember.
    FRESH,
    /// The answer is filled in.
    ANSWERED
  }

  Producers(ProducerLimits limits) {
    this.limits = limits;
  }

  int count() {
    return count;
  }

  /// How many there may be.
  int max() {
    return limits.producersMax();
  }

  /// What the remembered answers count for.
  long bytes() {
    return bytes;
  }

  long digest() {
    return Mix.next(digest, lastStamp);
  }

  /// Forgets producers that were idle too long.
  void expire(long leaderTimeMs) {
    for (int i = 0; i < FORGOTTEN_PER_ENTRY_MAX && count > 0; i++) {
      Producer oldest = ring.newer;
      if (leaderTimeMs - oldest.lastSeenMs() <= limits.idleMs()) {
        return;
      }
      remove(oldest);
    }
  }

  /// Decides whether a transaction is new; if not, fills in its answer.
  Admission admit(byte[] id, int idOffset, long epoch, long sequence, long revision, Answer into) {
    admittedHigh = LittleEndian.i64(id, idOffset);
    admittedLow = LittleEndian.i64(id, idOffset + Long.BYTES);
    admittedEpoch = epoch;
    admittedSequence = sequence;
    Producer producer = table[slotOf(admittedHigh, admittedLow)];
    admitted = producer;
    if (producer == null) {
      if (count < limits.producersMax()) {
        return Admission.FRESH;
      }
      into.refuse(Outcome.TOO_MANY_PRODUCERS, revision, 0, limits.producersMax());
      return Admission.ANSWERED;
    }
    if (epoch != producer.epoch()) {
      if (epoch > producer.epoch()) {
        return Admission.FRESH;
      }
      into.refuse(Outcome.PRODUCER_FENCED, revision, 0, producer.epoch());
      return Admission.ANSWERED;
    }
    AnswerWindow window = producer.window();
    if (sequence <= window.floor()) {
      into.refuse(Outcome.SEQUENCE_TOO_OLD, revision, 0, window.highest());
      return Admission.ANSWERED;
    }
    if (window.holds(sequence)) {
      window.recall(sequence, into);
      return Admission.ANSWERED;
    }
    return Admission.FRESH;
  }

  /// Remembers the first answer to the transaction that was admitted last.
  void remember(Answer answer, long leaderTimeMs) {
    Producer producer = admitted;
    if (producer == null) {
      producer = new Producer(admittedHigh, admittedLow, admittedEpoch);
      producer.savedForCut = cuts;
      insert(producer);
    } else {
      beforeChange(producer);
      uncount(producer);
      unlink(producer);
      if (producer.epoch() != admittedEpoch) {
        producer.restart(admittedEpoch);
      }
    }
    producer.window().remember(admittedSequence, answer);
    producer.seen(leaderTimeMs, ++lastStamp);
    linkAsNewest(producer);
    count(producer);
    if (oldestWithAnswers == ring) {
      oldestWithAnswers = producer;
    }
    keepBudget();
  }

  /// Whether the producers that a moved shard brings can be remembered beside those that are here.
  boolean haveRoomForFences(MoveReader seal) {
    int added = 0;
    for (int i = 0; i < seal.fences(); i++) {
      added += fenced(seal, i) == null ? 1 : 0;
    }
    return count + added <= limits.producersMax();
  }

  /// Takes the higher epoch of each producer that a moved shard brings, as if it had just written
  /// here, without answers.
  void fence(MoveReader seal, long leaderTimeMs) {
    for (int i = 0; i < seal.fences(); i++) {
      Producer producer = fenced(seal, i);
      long epoch = seal.fenceEpoch(i);
      if (producer == null) {
        int id = seal.fenceIdOffset(i);
        producer =
            new Producer(
                LittleEndian.i64(seal.buffer(), id),
                LittleEndian.i64(seal.buffer(), id + Long.BYTES),
                epoch);
        producer.savedForCut = cuts;
        insert(producer);
      } else {
        beforeChange(producer);
        uncount(producer);
        unlink(producer);
        if (producer.epoch() < epoch) {
          producer.restart(epoch);
        }
      }
      producer.seen(leaderTimeMs, ++lastStamp);
      linkAsNewest(producer);
      count(producer);
      if (oldestWithAnswers == ring && producer.window().answers() > 0) {
        oldestWithAnswers = producer;
      }
    }
  }

  private @Nullable Producer fenced(MoveReader seal, int fence) {
    int id = seal.fenceIdOffset(fence);
    return table[
        slotOf(
            LittleEndian.i64(seal.buffer(), id), LittleEndian.i64(seal.buffer(), id + Long.BYTES))];
  }

  /// Those whose older epochs may write no more, ascending by id.
  List<SealFacts.Fence> fences() {
    List<SealFacts.Fence> fences = new ArrayList<>();
    for (Producer producer : table) {
      if (producer != null && producer.epoch() > 1) {
        fences.add(new SealFacts.Fence(producer.idHigh, producer.idLow, producer.epoch()));
      }
    }
    fences.sort(
        Comparator.comparingLong(SealFacts.Fence::idHigh)
            .thenComparingLong(SealFacts.Fence::idLow));
    return fences;
  }

  /// Freezes the producers as they are now.
  ///
  /// @throws IllegalStateException if the cut before is not closed
  ProducersCut cut(long leaderTimeMs, Map<Integer, ShardStanding> standings) {
    if (openCut != null && !openCut.closed()) {
      throw new IllegalStateException(
          "expected the previous cut of the producers to be closed; cut="
              + cuts
              + "; close it before taking another");
    }
    ProducersCut cut =
        new ProducersCut(
            ++cuts,
            table.clone(),
            new ProducersFile.Header(count, lastStamp, leaderTimeMs, standings));
    openCut = cut;
    return cut;
  }

  /// Takes over a stored producer, in any order; `restored` ends the series.
  ///
  /// @return false if it cannot be there beside the others
  boolean restore(Producer producer) {
    if (count == limits.producersMax()
        || table[slotOf(producer.idHigh, producer.idLow)] != null
        || producer.stamp() <= 0) {
      return false;
    }
    insert(producer);
    count(producer);
    return true;
  }

  /// Restores the order of use after the last `restore`.
  ///
  /// @return false if the stamps are no order
  boolean restored(long storedLastStamp) {
    Producer[] byStamp = new Producer[count];
    int filled = 0;
    for (Producer producer : table) {
      if (producer != null) {
        byStamp[filled++] = producer;
      }
    }
    Arrays.sort(byStamp, Comparator.comparingLong(Producer::stamp));
    for (Producer producer : byStamp) {
      if (producer.stamp() <= lastStamp) {
        return false;
      }
      lastStamp = producer.stamp();
      linkAsNewest(producer);
    }
    if (lastStamp > storedLastStamp) {
      return false;
    }
    lastStamp = storedLastStamp;
    oldestWithAnswers = ring.newer;
    skipThoseWithoutAnswers();
    return true;
  }

  private void keepBudget() {
    while (bytes > limits.rememberedBytesMax() && oldestWithAnswers != ring) {
      Producer victim = oldestWithAnswers;
      AnswerWindow window = victim.window();
      // The newest producer keeps the younger half of its answers, the others keep none.
      long newFloor =
          victim.newer == ring
              ? window.floor() + (window.highest() - window.floor()) / 2
              : window.highest();
      if (newFloor == window.floor()) {
        return;
      }
      beforeChange(victim);
      uncount(victim);
      window.forget(newFloor);
      count(victim);
      skipThoseWithoutAnswers();
    }
  }

  private void skipThoseWithoutAnswers() {
    while (oldestWithAnswers != ring && oldestWithAnswers.window().answers() == 0) {
      oldestWithAnswers = oldestWithAnswers.newer;
    }
  }

  private void beforeChange(Producer producer) {
    ProducersCut cut = openCut;
    if (cut == null) {
      return;
    }
    if (cut.closed()) {
      openCut = null;
    } else {
      cut.saveBeforeChange(producer);
    }
  }

  private void count(Producer producer) {
    bytes += producer.window().bytes();
    digest += producer.digest();
  }

  private void uncount(Producer producer) {
    bytes -= producer.window().bytes();
    digest -= producer.digest();
  }

  private void linkAsNewest(Producer producer) {
    producer.older = ring.older;
    producer.newer = ring;
    ring.older.newer = producer;
    ring.older = producer;
  }

  private void unlink(Producer producer) {
    if (oldestWithAnswers == producer) {
      oldestWithAnswers = producer.newer;
      skipThoseWithoutAnswers();
    }
    producer.older.newer = producer.newer;
    producer.newer.older = producer.older;
  }

  private void insert(Producer producer) {
    if (count * 2 >= table.length) {
      grow();
    }
    table[slotOf(producer.idHigh, producer.idLow)] = producer;
    count++;
  }

  private void grow() {
    @Nullable Producer[] old = table;
    table = new @Nullable Producer[old.length * 2];
    for (Producer producer : old) {
      if (producer != null) {
        table[slotOf(producer.idHigh, producer.idLow)] = producer;
      }
    }
  }

  private void remove(Producer producer) {
    beforeChange(producer);
    uncount(producer);
    unlink(producer);
    int hole = slotOf(producer.idHigh, producer.idLow);
    int mask = table.length - 1;
    table[hole] = null;
    count--;
    // Later members of the same run move back over the hole, so that no search ends early.
    for (int at = (hole + 1) & mask; ; at = (at + 1) & mask) {
      Producer moved = table[at];
      if (moved == null) {
        return;
      }
      table[at] = null;
      table[slotOf(moved.idHigh, moved.idLow)] = moved;
    }
  }

  /// Where a producer is, or the free slot where it would be.
  private int slotOf(long idHigh, long idLow) {
    int mask = table.length - 1;
    int slot = (int) Mix.next(Mix.one(idHigh), idLow) & mask;
    while (true) {
      Producer producer = table[slot];
      if (producer == null || (producer.idHigh == idHigh && producer.idLow == idLow)) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }
}
