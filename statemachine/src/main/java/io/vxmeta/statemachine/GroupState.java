package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.BatchReader;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotCut;
import io.vxmeta.statemachine.snapshot.SnapshotFormatException;
import io.vxmeta.statemachine.snapshot.SnapshotManifest;
import io.vxmeta.statemachine.snapshot.SnapshotMoment;
import io.vxmeta.statemachine.table.SegmentImage;
import io.vxmeta.statemachine.table.SegmentName;
import io.vxmeta.statemachine.table.Table;
import io.vxmeta.statemachine.table.TableCut;
import io.vxmeta.statemachine.table.TableSteps;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// The replicated state of one shard group: log entries in, answers out, the same on every replica.
///
/// `apply` takes the entries in the order of the log. It knows no clock, no randomness and no order
/// of hashes: the state is a function of the entries alone. An exception out of `apply` means that
/// this replica can not go on: close it, and the process with it.
public final class GroupState implements AutoCloseable {
  /* Threads: ONE apply thread calls `apply`, `skip` and `cut`; it holds `applyLock` for each batch. Any thread reads through
   *   `reader` without it, and may call `digest` and `usage`, which wait for a batch to end.
   *   A copy of a shard (ShardCopy) is read by one thread of its own, which takes `applyLock` for what must be of one moment.
   * Order inside a transaction: admission by producer, then everything that can refuse, then mutations, then its answer is
   *   remembered. Nothing is changed BEFORE the first mutation, and nothing can refuse AFTER it (Transactions).
   * Order for readers: `appliedIndex` grows AFTER all of an entry's transactions are visible, and BEFORE `apply` returns.
   * Time: `leaderTimeMs` is the highest leader time of all entries, so it never runs backwards when leaders change.
   */

  private static final SnapshotMoment BEGINNING = new SnapshotMoment(0, 0, 0, 0, 0);

  private final GroupStateConfig config;
  private final Standings standings;
  private final ShardTables tables;
  private final Producers producers;
  private final GroupSequence sequence;
  private final Expiries expiries;
  private final MoveJournals journals = new MoveJournals(MoveJournals.BYTES_MAX);
  private final Transactions transactions;
  private final Moves moves;
  private final BatchReader batch = new BatchReader();
  private final Answer answer = new Answer();
  private final ReentrantLock applyLock = new ReentrantLock();
  private final ReentrantLock walkLock = new ReentrantLock(); // Taken BEFORE applyLock.
  private final GroupReader reader;
  private volatile long appliedIndex;
  private volatile long leaderTimeMs;

  private GroupState(
      GroupStateConfig config,
      Standings standings,
      List<Table> tables,
      Producers producers,
      Expiries expiries,
      SnapshotMoment moment) {
    this.config = config;
    this.standings = standings;
    this.tables = new ShardTables(config, tables, standings);
    this.producers = producers;
    this.expiries = expiries;
    this.sequence = new GroupSequence(moment.revision());
    this.appliedIndex = moment.index();
    this.transactions =
        new Transactions(this.tables, standings, journals, producers, sequence, expiries);
    this.moves = new Moves(standings, this.tables, producers, sequence, expiries, journals);
    this.reader = reader(GroupReader.Check.ON);
  }

  /// An empty group, before the first entry of its log.
  public static GroupState create(GroupStateConfig config) throws IOException {
    Files.createDirectories(config.directory());
    List<Table> tables = new ArrayList<>();
    try {
      for (int shard : config.shards()) {
        tables.add(Table.create(config.directory(), shard, config.table(), config.memory()));
      }
    } catch (IOException | RuntimeException e) {
      tables.forEach(Table::close);
      throw e;
    }
    return new GroupState(
        config,
        new Standings(config.shards(), Map.of()),
        tables,
        new Producers(config.producers()),
        Expiries.ofEmpty(config.shards()),
        BEGINNING);
  }

  /// The group as of a snapshot whose files were verified. Live files are made anew from copies of
  /// the snapshot's.
  ///
  /// @throws SnapshotFormatException if what was restored is not what its manifest says: nobody can
  ///   use this snapshot
  /// @throws IOException if the snapshot is not one of this group, or can not be read
  public static GroupState restore(GroupStateConfig config, Snapshot snapshot) throws IOException {
    SnapshotManifest manifest = snapshot.manifest();
    Files.createDirectories(config.directory());
    Producers producers = new Producers(config.producers());
    ProducersFile.Header header;
    try (InputStream in =
        new BufferedInputStream(Files.newInputStream(snapshot.producersFile()), 1 << 16)) {
      header = ProducersFile.read(in, producers, config.producers());
    }
    requireShards(config, snapshot, header.standings());
    Standings standings = new Standings(manifest.shards(), header.standings());
    List<Integer> owned =
        manifest.shards().stream().filter(shard -> standings.of(shard).phase().serves()).toList();
    GroupState state =
        new GroupState(
            config,
            standings,
            restoreTables(config, snapshot),
            producers,
            Expiries.ofUnknown(owned),
            manifest.moment());
    SnapshotMoment moment = manifest.moment();
    state.leaderTimeMs = header.leaderTimeMs();
    StateDigest restored = state.digest();
    if (restored.entireDigest() != moment.digest() || restored.records() != moment.records()) {
      state.close();
      throw new SnapshotFormatException(
          "cannot restore "
              + snapshot.directory()
              + ": expected the state its manifest describes; manifest="
              + moment
              + " restored="
              + restored
              + "; use the previous snapshot or restore this replica from a peer");
    }
    return state;
  }

  /// Shards that moved have their standing in the snapshot; of the others, the group must have
  /// those that it was configured with.
  private static void requireShards(
      GroupStateConfig config, Snapshot snapshot, Map<Integer, ShardStanding> moved)
      throws IOException {
    List<Integer> shards = snapshot.manifest().shards();
    List<Integer> found = shards.stream().filter(shard -> !moved.containsKey(shard)).toList();
    List<Integer> expected =
        config.shards().stream().filter(shard -> !moved.containsKey(shard)).toList();
    if (!found.equals(expected)) {
      throw new IOException(
          "cannot restore "
              + snapshot.directory()
              + ": expected the shards of this group; group="
              + config.group()
              + " shards="
              + config.shards()
              + " snapshotShards="
              + shards
              + " moved="
              + moved.keySet()
              + "; give this node the data directory it was started with");
    }
    for (Map.Entry<Integer, ShardStanding> each : moved.entrySet()) {
      if (each.getValue().phase() != ShardPhase.AWAY && !shards.contains(each.getKey())) {
        throw new SnapshotFormatException(
            "cannot restore "
                + snapshot.directory()
                + ": expected the table of a shard that the group has; shard="
                + each.getKey()
                + " standing="
                + each.getValue()
                + "; use the previous snapshot or restore this replica from a peer");
      }
    }
  }

  /// Applies one log entry and answers each of its transactions.
  ///
  /// @param index of the entry in the log, above that of every entry before
  /// @throws io.vxmeta.statemachine.batch.BatchFormatException if the bytes are no batch; nothing
  ///   of them was applied
  public void apply(byte[] entry, int offset, int length, long index, AnswerSink sink) {
    batch.open(entry, offset, length);
    applyLock.lock();
    try {
      checkNext(index);
      leaderTimeMs = Math.max(leaderTimeMs, batch.leaderTimeMs());
      producers.expire(leaderTimeMs);
      for (int transaction = 0; batch.next(); transaction++) {
        if (batch.isMove()) {
          moves.apply(batch.move(), leaderTimeMs, answer);
        } else {
          transactions.apply(batch, leaderTimeMs, answer);
        }
        sink.answer(transaction, answer);
      }
      appliedIndex = index;
    } finally {
      applyLock.unlock();
    }
  }

  /// Notes a log entry that carries no batch (Raft's own: configurations and the first entry of a
  /// term).
  public void skip(long index) {
    applyLock.lock();
    try {
      checkNext(index);
      appliedIndex = index;
    } finally {
      applyLock.unlock();
    }
  }

  /// As the other, at the last entry applied or skipped.
  public SnapshotCut cut(long term) {
    return cut(term, appliedIndex);
  }

  /// Freezes the whole state for a snapshot, in microseconds. Apply thread only; the cut before
  /// must be closed.
  ///
  /// @param term of the entry at `index`
  /// @param index of the last entry the replica has handed out; those after `appliedIndex` carried
  ///   no batch
  public SnapshotCut cut(long term, long index) {
    List<TableCut> cuts = new ArrayList<>(tables.all().size());
    applyLock.lock();
    try {
      if (index != appliedIndex) {
        checkNext(index);
        appliedIndex = index;
      }
      StateDigest now = digestLocked();
      SnapshotMoment moment =
          new SnapshotMoment(
              term, now.appliedIndex(), now.revision(), now.entireDigest(), now.records());
      for (Table table : tables.all()) {
        cuts.add(table.cut());
      }
      return new SnapshotCut(
          moment, tables.shards(), cuts, producers.cut(leaderTimeMs, standings.moved()));
    } catch (RuntimeException e) {
      cuts.forEach(TableCut::close);
      throw e;
    } finally {
      applyLock.unlock();
    }
  }

  /// The read side, for any number of threads.
  public GroupReader reader() {
    return reader;
  }

  /// What the group knows of a shard, as of the entries applied.
  public ShardStanding standing(int shard) {
    return standings.of(shard);
  }

  /// Of all shards that took part in an attempt to move, by shard. Waits for the batch being
  /// applied.
  public Map<Integer, ShardStanding> movedShards() {
    return locked(standings::moved);
  }

  /// Begins to read a copy of a shard for an attempt that this replica has applied the `BEGIN` of;
  /// nothing of an earlier copy of the attempt may have gone to the target.
  public ShardCopy copy(int shard, long attempt) {
    return new ShardCopy(
        new ShardCopy.Source(
            shard, attempt, standings, tables, producers, sequence, journals, applyLock));
  }

  /// Whether [#freeLostTables] has something to do, now or when a cut is closed.
  public boolean hasLostTables() {
    return tables.lost() > 0;
  }

  /// Gives the memory of tables back whose shards have left, but those that a cut holds. Takes as
  /// long as the system needs for it: not for the apply thread.
  public void freeLostTables() {
    locked(tables::takeRetired).forEach(Table::close);
  }

  /// Where records are whose time comes.
  public Expiries expiries() {
    return expiries;
  }

  /// The time of the log: the highest leader time of all entries applied, milliseconds since 1970.
  public long leaderTimeMs() {
    return leaderTimeMs;
  }

  /// The version that was given last. Each transaction that changed something took one more; it
  /// also jumps, when a shard moves here, to that of the group which it comes from.
  public long revision() {
    return sequence.revision();
  }

  /// Index of the last entry that is wholly applied and visible.
  public long appliedIndex() {
    return appliedIndex;
  }

  /// Fingerprint of the whole state, with the revision it belongs to. Waits for the batch being
  /// applied.
  public StateDigest digest() {
    applyLock.lock();
    try {
      return digestLocked();
    } finally {
      applyLock.unlock();
    }
  }

  /// What the group holds. Waits for the batch being applied.
  public GroupUsage usage() {
    applyLock.lock();
    try {
      long liveBytes = 0;
      long mappedBytes = 0;
      long segments = 0;
      long dirty = 0;
      for (Table table : tables.all()) {
        liveBytes += table.liveBytes();
        mappedBytes += table.mappedBytes();
        segments += table.segments();
        dirty += table.dirtySegments();
      }
      return new GroupUsage(
          tables.records(),
          liveBytes,
          mappedBytes,
          segments,
          dirty,
          producers.count(),
          producers.bytes());
    } finally {
      applyLock.unlock();
    }
  }

  /// What each of the group's tables holds. Waits for the batch being applied.
  public List<TableUsage> tableUsage() {
    return locked(() ->
        tables.all().stream()
            .map(table ->
                new TableUsage(
                    table.shard(),
                    table.changes(),
                    table.records(),
                    table.liveBytes(),
                    table.segments(),
                    table.dirtySegments()))
            .toList());
  }

  /// Walks every table; each problem is one sentence. Waits for the batch being applied and holds
  /// up the next one.
  public List<String> verify() {
    applyLock.lock();
    try {
      List<String> problems = new ArrayList<>();
      for (Table table : tables.all()) {
        table
            .verify()
            .problems()
            .forEach(problem -> problems.add("shard " + table.shard() + ": " + problem));
      }
      return problems;
    } finally {
      applyLock.unlock();
    }
  }

  /// How many tables the group has: one a shard.
  public int tables() {
    return tables.all().size();
  }

  /// Walks one table in steps of a fraction of a millisecond, so that the apply thread waits no
  /// longer than for one. Walks of a group come one after the other.
  ///
  /// @param number of the table, from 0
  /// @param pause runs after each step, without the lock; an exception ends the walk
  /// @return empty if there is no such table, or its shard left meanwhile
  public Optional<WalkedTable> verifyInSteps(int number, Runnable pause) {
    walkLock.lock();
    try {
      List<Table> all = tables.all();
      return number < all.size() ? walk(all.get(number), pause) : Optional.empty();
    } finally {
      walkLock.unlock();
    }
  }

  private Optional<WalkedTable> walk(Table table, Runnable pause) {
    TableSteps walk = locked(table::verifyInSteps);
    try {
      while (locked(() -> tables.isCurrent(table) && walk.step())) {
        pause.run();
      }
      return locked(() ->
          tables.isCurrent(table)
              ? Optional.of(new WalkedTable(table.shard(), sequence.revision(), walk.verdict()))
              : Optional.empty());
    } finally {
      locked(() -> {
        walk.close();
        return walk;
      });
    }
  }

  /// Whether somebody waits for the walk under way to end.
  public boolean walkIsWaitedFor() {
    return walkLock.hasQueuedThreads();
  }

  private <T> T locked(Supplier<T> step) {
    applyLock.lock();
    try {
      return step.get();
    } finally {
      applyLock.unlock();
    }
  }

  /// Gives up the live files; nobody may read or apply any more, and cuts must be closed BEFORE.
  @Override
  public void close() {
    locked(() -> {
      journals.endAll(); // Copies that are under way learn it.
      tables.close(); // Nobody frees lost tables meanwhile.
      return journals;
    });
  }

  GroupReader reader(GroupReader.Check check) {
    return new GroupReader(tables, standings, sequence, applyLock, check);
  }

  private StateDigest digestLocked() {
    checkWhole();
    long revision = sequence.revision();
    long digest = Mix.next(Mix.one(revision), tables.digest());
    long entire = standings.digest(Mix.next(Mix.next(digest, producers.digest()), leaderTimeMs));
    return new StateDigest(appliedIndex, revision, tables.records(), digest, entire);
  }

  private void checkNext(long index) {
    checkWhole();
    if (index <= appliedIndex) {
      throw new IllegalStateException(
          "expected an entry after the last applied one; index="
              + index
              + " appliedIndex="
              + appliedIndex
              + " group="
              + config.group()
              + "; replay the log from appliedIndex + 1");
    }
  }

  private void checkWhole() {
    if (GroupSequence.halfApplied(sequence.read())) {
      throw new IllegalStateException(
          "expected whole transactions; revision="
              + sequence.revision()
              + " group="
              + config.group()
              + "; apply failed in the middle of one: restart this node, it recovers from snapshot and log");
    }
  }

  /// As many tables at a time as there are processors: each is read, checked and walked by itself.
  private static List<Table> restoreTables(GroupStateConfig config, Snapshot snapshot)
      throws IOException {
    List<Integer> shards = snapshot.manifest().shards();
    int threads = Math.max(1, Math.min(shards.size(), Runtime.getRuntime().availableProcessors()));
    List<Future<Table>> restored = new ArrayList<>();
    try (ExecutorService readers =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("restore-" + config.group()).factory())) {
      for (int shard : shards) {
        restored.add(readers.submit(() -> restoreTable(config, shard, snapshot)));
      }
    }
    List<Table> tables =
        restored.stream()
            .filter(each -> each.state() == Future.State.SUCCESS)
            .map(Future::resultNow)
            .toList();
    if (tables.size() < restored.size()) {
      tables.forEach(Table::close);
      throw firstProblem(restored);
    }
    return tables;
  }

  private static IOException firstProblem(List<Future<Table>> restored) {
    Throwable first =
        restored.stream()
            .filter(each -> each.state() != Future.State.SUCCESS)
            .map(Future::exceptionNow)
            .findFirst()
            .orElseThrow();
    return switch (first) {
      case IOException bad -> bad;
      case RuntimeException broken -> throw broken;
      case Error broken -> throw broken;
      default -> new IOException(first);
    };
  }

  private static Table restoreTable(GroupStateConfig config, int shard, Snapshot snapshot)
      throws IOException {
    Path directory = config.directory();
    List<SegmentImage> images = new ArrayList<>();
    for (SegmentName name : snapshot.manifest().segments(shard)) {
      images.add(new SegmentImage(name, snapshot.file(name.fileName())));
    }
    return images.isEmpty()
        ? Table.create(directory, shard, config.table(), config.memory())
        : Table.restore(directory, shard, images, config.table(), config.memory());
  }
}
