package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.table.KeyBatch;
import io.vxmeta.statemachine.table.RecordSink;
import io.vxmeta.statemachine.table.RecordView;
import io.vxmeta.statemachine.table.TableReader;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Lock;
import java.util.function.ToLongFunction;

/// Reads the tables that a group serves beside the apply thread: any keys of the group, all at one
/// instant.
///
/// Threads: any number; each brings its own [MultiGet].
public final class GroupReader {
  /* A read must return a state that existed at one instant t between its begin and its end, with whole transactions only.
   * Each single look-up is never torn (TableReader), but the apply thread goes on between two of them.
   *
   * Quiet read. The sequence is even before the first look-up and the same after the last. Then no transaction was being
   *   applied at any moment between, since applying changes the sequence for ever (it only grows). t is any of these moments.
   *
   * Double collect. Look up all keys. Then read the sequence: this moment is t. Then ask for each key whether it is unchanged
   *   since it was looked up, by the sequence of its bucket. If the number was even and every key is unchanged, the answer is the
   *   state at t: key k was looked up at a < t and asked about at b > t, and it was the same all the time from a to b, so
   *   it was that at t; and at t no transaction was half applied, so what all keys were at t is whole transactions only.
   *   A changed key is looked up again, which is the first collect for the next t. What happens after t does not matter.
   *   Orders needed: look-ups before t (acquire fence in GroupSequence.read), questions after t (acquire load), and that
   *   a mutation seen in a look-up makes the odd number visible at t (release fence in GroupSequence.begin).
   *
   * Under the lock. After a bounded number of attempts take the lock that the apply thread holds for each batch: nothing is
   *   being applied then, and t is any moment of holding it. An odd number there means that apply died half way.
   *
   * The revision of the answer is that of the sequence at t: it never is older or newer than what was read. Even one
   *   key needs this: a value of a half-applied transaction, read alone, could be followed by a read that misses another part.
   */

  /* Whose shards. The tables that the group serves are looked at before the first look-up, and the keys' again after the last one: the
   *   same tables then, so the shards were served at t as well. Else the read is made again under the lock, where nothing moves,
   *   and refused if a shard is not served. A table whose shard left may be closed under a look-up, which fails then.
   */

  /// Double collects before the lock is taken; each costs one bucket check a key.
  private static final int COLLECTS_MAX = 16;

  /// Busy waits for a transaction to be complete, some 40 ns each, before the thread yields.
  private static final int SPINS_MAX = 128;

  /// Yields after that, before the lock is taken: a reader that holds the lock makes the apply
  /// thread sleep, one that yields does not.
  private static final int YIELDS_MAX = 64;

  /// Whether a multi-get is checked to be of one instant; off only to prove that the check is
  /// needed.
  enum Check {
    ON,
    OFF
  }

  private final ShardTables tables;
  private final Standings standings;
  private final GroupSequence sequence;
  private final Lock applyLock;
  private final Check check;
  private final LongAdder repeated = new LongAdder();
  private final LongAdder locked = new LongAdder();

  GroupReader(
      ShardTables tables,
      Standings standings,
      GroupSequence sequence,
      Lock applyLock,
      Check check) {
    this.tables = tables;
    this.standings = standings;
    this.sequence = sequence;
    this.applyLock = applyLock;
    this.check = check;
  }

  /// Looks all keys up at one instant.
  ///
  /// @return the group's revision at that instant
  /// @throws ShardNotServed if the group does not serve a key's shard
  /// @throws ReadTooLarge if the values pass [Limits#READ_BYTES_MAX]
  public long read(MultiGet keys) {
    ServedShards seen = tables.served();
    requireServed(seen, keys);
    try {
      long revision = read(seen, keys);
      if (stillServes(seen, keys)) {
        return revision;
      }
    } catch (IllegalStateException closed) {
      if (stillServes(seen, keys)) {
        throw closed;
      }
    }
    return readLocked(keys);
  }

  private long read(ServedShards served, MultiGet keys) {
    long before = sequence.read();
    collect(served, keys);
    long after = sequence.read();
    boolean quiet = before == after && !GroupSequence.halfApplied(before);
    if (quiet || check == Check.OFF) {
      return after >>> 1;
    }
    repeated.increment();
    return readBesideWrites(served, keys);
  }

  private boolean stillServes(ServedShards seen, MultiGet keys) {
    ServedShards now = tables.served();
    boolean same = true;
    for (int i = 0; same && now != seen && i < keys.size(); i++) {
      same = seen.sameAs(now, keys.shard(i));
    }
    return same;
  }

  /// Hands over whole buckets of one shard until at least `recordsMin` records went to `sink`; see
  /// [TableReader#scan]. Records are whole but not of one instant.
  ///
  /// @return the next cursor, or `Table.SCAN_END`
  /// @throws ShardNotServed if the group does not serve the shard: what went to `sink` is of no use
  public long scan(
      int shard, long cursor, int recordsMin, RecordView.Content content, RecordSink sink) {
    return scan(shard, reader -> reader.scan(cursor, recordsMin, content, sink));
  }

  /// As the other, with or without values as `like` copies them.
  public long scan(int shard, long cursor, int recordsMin, RecordView like, RecordSink sink) {
    return scan(shard, reader -> reader.scan(cursor, recordsMin, like, sink));
  }

  private long scan(int shard, ToLongFunction<TableReader> step) {
    ServedShards seen = tables.served();
    if (!seen.serves(shard)) {
      throw new ShardNotServed(shard, standing(shard));
    }
    try {
      long next = step.applyAsLong(seen.reader(shard));
      if (seen.sameAs(tables.served(), shard)) {
        return next;
      }
    } catch (IllegalStateException closed) {
      if (seen.sameAs(tables.served(), shard)) {
        throw closed;
      }
    }
    throw new ShardNotServed(shard, standing(shard));
  }

  /// The group's revision now.
  public long revision() {
    return sequence.revision();
  }

  /// True if reads of the shard are answered now.
  public boolean serves(int shard) {
    return tables.served().serves(shard);
  }

  /// True if the shard takes writes now.
  public boolean takesWrites(int shard) {
    return standing(shard).phase() == ShardPhase.OWNED;
  }

  /// What the group knows of a shard now; every shard that a request can name has one.
  public ShardStanding standing(int shard) {
    return shard >= 0 && shard <= Limits.SHARD_MAX ? standings.of(shard) : ShardStanding.FOREIGN;
  }

  /// Multi-gets that met a write and were checked key by key, since the start.
  public long repeatedReads() {
    return repeated.sum();
  }

  /// Multi-gets that had to wait for the apply lock, since the start.
  public long lockedReads() {
    return locked.sum();
  }

  private long readBesideWrites(ServedShards served, MultiGet keys) {
    int spins = 0;
    for (int collects = 0; collects < COLLECTS_MAX; ) {
      long moment = sequence.read();
      if (!GroupSequence.halfApplied(moment)) {
        if (unchanged(served, keys)) {
          return moment >>> 1;
        }
        collects++;
      } else if (!pause(spins++)) {
        break;
      }
    }
    return readLocked(keys);
  }

  /// Waits a little for a transaction to be complete; false if that was long enough.
  @SuppressWarnings(
      "ThreadPriorityCheck") // nothing relies on the yield; it only makes the lock rarer
  private static boolean pause(int spins) {
    if (spins < SPINS_MAX) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
    return spins < SPINS_MAX + YIELDS_MAX;
  }

  private long readLocked(MultiGet keys) {
    locked.increment();
    applyLock.lock();
    try {
      long moment = sequence.read();
      if (GroupSequence.halfApplied(moment)) {
        throw new IllegalStateException(
            "expected whole transactions; revision="
                + (moment >>> 1)
                + "; apply failed in the middle of one: restart this node, it recovers from snapshot and log");
      }
      ServedShards served = tables.served();
      requireServed(served, keys);
      collect(served, keys);
      return moment >>> 1;
    } finally {
      applyLock.unlock();
    }
  }

  private static void collect(ServedShards served, MultiGet keys) {
    keys.forgetAnswers();
    KeyBatch batch = keys.batch();
    batch.clear();
    for (int i = 0; i < keys.size(); i++) {
      batch.add(served.reader(keys.shard(i)), keys.buffer(i), keys.offset(i), keys.length(i));
    }
    for (int i = 0; i < keys.size(); i++) {
      boolean _ = batch.get(i, keys.record(i));
      keys.countValue(keys.record(i));
    }
  }

  /// Asks for every key, and looks changed ones up again.
  private static boolean unchanged(ServedShards served, MultiGet keys) {
    boolean all = true;
    for (int i = 0; i < keys.size(); i++) {
      TableReader table = served.reader(keys.shard(i));
      if (!table.unchanged(keys.buffer(i), keys.offset(i), keys.length(i), keys.record(i))) {
        lookUp(table, keys, i);
        all = false;
      }
    }
    return all;
  }

  private static void lookUp(TableReader table, MultiGet keys, int i) {
    RecordView record = keys.record(i);
    keys.forgetValue(record);
    table.get(keys.buffer(i), keys.offset(i), keys.length(i), record);
    keys.countValue(record);
  }

  private void requireServed(ServedShards served, MultiGet keys) {
    for (int i = 0; i < keys.size(); i++) {
      if (!served.serves(keys.shard(i))) {
        throw new ShardNotServed(keys.shard(i), standing(keys.shard(i)));
      }
    }
  }
}
