package io.vxmeta.raft.ratis;

import io.vxmeta.raft.ratis.Replica.SnapshotPoint;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.GroupState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotResult;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.raftlog.RaftLogBase;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.function.CheckedSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Feeds one shard group's log into its state, in order, and takes and installs its snapshots.
final class GroupMachine extends BaseStateMachine {
  /* Threads: Ratis' updater is the apply thread: apply, cut and reinitialize run there and nowhere else. `pause` and
   *   notifications come from RPC threads and touch only volatile fields.
   * Invariants: the applied index moves AFTER an entry's effect is visible and BEFORE its future completes. Apply
   *   never throws into Ratis, because that would close this group and leave the process alive: it stops the process.
   * Snapshot: `takeSnapshot` cuts and returns "none"; when the background writer has made the snapshot durable, the
   *   next call returns its index, and only then Ratis purges the log behind it. getLatestSnapshot() is called for
   *   every append, so the point is cached, and it changes only in that second call: Ratis skips a request it thinks done.
   * Install: the received snapshot is durable, and the members that came with it are in force, before the future completes; reinitialize then re-reads the newest one. A snapshot
   *   that ends before the own log does is never installed: Ratis sets its log writer back to the snapshot's end, takes the
   *   entry after the log's end for a gap, and closes the group. A leader offers one all the same when its appender for this
   *   follower was started anew: that begins at index 0, and with an offer. And own entries in the place where the leader's log
   *   begins that are not the leader's are dropped BEFORE the snapshot is fetched: with them the two would tell each other
   *   where to go on for ever, and below a snapshot that ends before them they would stay, and be sent to others.
   */
  private static final Logger LOG = LoggerFactory.getLogger(GroupMachine.class);

  /// After this "no snapshot" is answered to a leader that offers one for nothing. Meanwhile Ratis
  /// answers its heartbeats, which follow each offer, with the index to go on at.
  private static final Duration NEEDLESS_OFFER_OPEN = Duration.ofMillis(300);

  private static final CompletableFuture<Message> DONE =
      CompletableFuture.completedFuture(Message.EMPTY);

  private final ShardGroupId group;
  private final GroupStore store;
  private final SnapshotSource snapshotSource;
  private final FailStop failStop;
  private final AppliedIndex applied;
  private final Executor background;
  private final Runnable onApplyThread;
  private final Runnable onApplied;
  private final ApplyMeter meter;
  private final DigestSamples samples = new DigestSamples();
  private final EntryBytes entryBytes = new EntryBytes();
  private final BytesSinceSnapshot bytesSinceSnapshot = new BytesSinceSnapshot();

  /// Of the apply thread alone.
  private boolean threadSeen;

  private volatile @Nullable RaftStorage storage;
  private volatile @Nullable SnapshotOffer offer;

  /// The thread that looks at an offer's answer in the leader's name.
  private volatile @Nullable Thread closer;

  private volatile @Nullable GroupState state;
  private volatile @Nullable SnapshotPoint latestSnapshot;
  private volatile @Nullable SnapshotInfo latestInfo;

  private final Object snapshotLock = new Object();
  private @Nullable CompletableFuture<SnapshotPoint> requested;
  private @Nullable SnapshotPoint published;

  /// Of the snapshot that was last found rotten; -1: of none.
  private long rottenIndex = -1;

  private boolean writing;

  /// Counts loaded states: a snapshot of an earlier one is none of this one.
  private int generation;

  GroupMachine(
      ShardGroupId group,
      GroupStore store,
      SnapshotSource snapshotSource,
      FailStop failStop,
      Executor work,
      Executor background,
      Runnable onApplyThread,
      Runnable onApplied,
      ApplyMeter meter) {
    this.group = group;
    this.store = store;
    this.snapshotSource = snapshotSource;
    this.failStop = failStop;
    this.background = background;
    this.onApplyThread = onApplyThread;
    this.onApplied = onApplied;
    this.meter = meter;
    this.applied = new AppliedIndex(work);
  }

  AppliedIndex applied() {
    return applied;
  }

  Optional<GroupState> state() {
    return Optional.ofNullable(state);
  }

  Optional<SnapshotPoint> latestSnapshot() {
    return Optional.ofNullable(latestSnapshot);
  }

  long appliedBytesSinceSnapshot() {
    return bytesSinceSnapshot.bytes();
  }

  List<IndexDigest> digests() {
    return samples.all();
  }

  // ---- life

  @Override
  public void initialize(RaftServer server, RaftGroupId groupId, RaftStorage storage)
      throws IOException {
    super.initialize(server, groupId, storage);
    this.storage = storage;
    getLifeCycle().startAndTransition(this::load);
  }

  @Override
  public void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  @Override
  public void reinitialize() throws IOException {
    getLifeCycle().transition(LifeCycle.State.STARTING);
    try {
      load();
    } catch (IOException | RuntimeException e) {
      failStop.stop("cannot load the snapshot that was just installed: group=" + group.value(), e);
      throw e;
    }
    getLifeCycle().transition(LifeCycle.State.RUNNING);
  }

  /// Replaces the state by the newest valid snapshot, or by an empty one. Readers see no state
  /// meanwhile.
  private void load() throws IOException {
    forgetSnapshotUnderWay();
    GroupState old = state;
    state = null;
    if (old != null) {
      old.close();
    }
    samples.clear();
    bytesSinceSnapshot.restart();
    GroupStore.Loaded loaded = store.load();
    requireNotOlder(loaded);
    setLastAppliedTermIndex(TermIndex.valueOf(loaded.term(), loaded.index()));
    loaded.snapshot().ifPresent(this::remember);
    // Readers find the state only after it is whole; waiters are released only after readers can
    // find it.
    state = loaded.state();
    onApplied.run();
    applied.advance(loaded.index());
  }

  /// A read may have learnt already that the replica is as far as it was, and look at the state
  /// only now.
  private void requireNotOlder(GroupStore.Loaded loaded) throws IOException {
    if (loaded.index() < applied.index()) {
      loaded.state().close();
      throw new IOException(
          "expected a snapshot at least as new as what readers saw; group="
              + group.value()
              + " loaded="
              + loaded.index()
              + " applied="
              + applied.index()
              + "; restart the node, which then begins at what it has");
    }
  }

  private void forgetSnapshotUnderWay() {
    CompletableFuture<SnapshotPoint> waiting;
    synchronized (snapshotLock) {
      generation++;
      published = null;
      writing = false;
      waiting = requested;
      requested = null;
    }
    if (waiting != null) {
      waiting.completeExceptionally(
          new IOException(
              "the state was replaced by an installed snapshot: group=" + group.value()));
    }
  }

  private void remember(SnapshotPoint point) {
    latestSnapshot = point;
    latestInfo = new SnapshotAt(TermIndex.valueOf(point.term(), point.index()));
  }

  @Override
  public void close() throws IOException {
    super.close();
    GroupState old = state;
    state = null;
    if (old != null) {
      old.close();
    }
  }

  // ---- apply

  @Override
  public TransactionContext preAppendTransaction(TransactionContext transaction) {
    if (transaction.getClientRequest() != null
        && transaction.getClientRequest().getMessage() instanceof ProposalMessage message) {
      message.onAppending();
    }
    return transaction;
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    try {
      seeThread();
      apply(transaction, entry);
    } catch (Throwable problem) {
      failStop.stop(
          "cannot apply a committed log entry: group="
              + group.value()
              + " index="
              + entry.getIndex(),
          problem);
      return CompletableFuture.failedFuture(problem);
    }
    return DONE;
  }

  /// Ratis makes the apply thread and shows it to nobody, so what it brings first does.
  private void seeThread() {
    if (!threadSeen) {
      threadSeen = true;
      onApplyThread.run();
    }
  }

  private void apply(TransactionContext transaction, LogEntryProto entry) throws IOException {
    long begun = System.nanoTime();
    GroupState current = state;
    if (current == null) {
      throw new IllegalStateException("expected a loaded state; group=" + group.value());
    }
    if (transaction.getClientRequest() != null
        && transaction.getClientRequest().getMessage() instanceof ProposalMessage message) {
      Proposal own = message.proposal();
      own.onCommitted();
      current.apply(own.entry(), 0, own.length(), entry.getIndex(), own.answers());
      bytesSinceSnapshot.applied(own.length());
    } else {
      entryBytes.point(entry.getStateMachineLogEntry().getLogData());
      current.apply(
          entryBytes.array(),
          entryBytes.offset(),
          entryBytes.length(),
          entry.getIndex(),
          AnswerSink.NONE);
      bytesSinceSnapshot.applied(entryBytes.length());
      entryBytes.release();
    }
    if (DigestSamples.isDue(entry.getIndex())) {
      samples.add(new IndexDigest(entry.getIndex(), current.digest().entireDigest()));
    }
    onApplied(entry.getTerm(), entry.getIndex());
    meter.onApplied(System.nanoTime() - begun);
  }

  /// Entries that are not ours (configurations, a new leader's first entry) move the index as well.
  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    seeThread();
    GroupState current = state;
    if (current != null && index > current.appliedIndex()) {
      current.skip(index);
    }
    onApplied(term, index);
  }

  private void onApplied(long term, long index) {
    updateLastAppliedTermIndex(TermIndex.valueOf(term, index));
    // BEFORE the waiters go on: they expect to find in the view what was applied.
    onApplied.run();
    applied.advance(index);
  }

  // ---- events

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto failed) {
    failStop.stop(
        "cannot write the Raft log: group="
            + group.value()
            + (failed == null ? "" : " index=" + failed.getIndex())
            + "; what was acknowledged is safe on the other replicas, check the disk before the"
            + " restart",
        cause);
  }

  /// Of an applied entry, and of members that this machine has put in force itself: these are kept
  /// already.
  @Override
  public void notifyConfigurationChanged(long term, long index, RaftConfigurationProto changed) {
    LOG.info("configuration group={} term={} index={}", group.value(), term, index);
    if (term == FetchedMembers.TERM) {
      return;
    }
    try {
      MetaFiles.in(raftDirectory()).rememberApplied(index, changed);
    } catch (IOException e) {
      failStop.stop("cannot keep who the members are: group=" + group.value(), e);
    }
  }

  private Path raftDirectory() {
    RaftStorage in = storage;
    if (in == null) {
      throw new IllegalStateException("expected an initialized machine; group=" + group.value());
    }
    return in.getStorageDir().getCurrentDir().toPath();
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId member, RaftPeerId leader) {
    LOG.info("leader group={} leader={}", group.value(), leader);
  }

  // ---- snapshots

  /// Joins the snapshot under way or asks for a new one.
  CompletableFuture<SnapshotPoint> requestSnapshot() {
    synchronized (snapshotLock) {
      if (requested == null) {
        requested = new CompletableFuture<>();
      }
      return requested;
    }
  }

  void distrustSnapshot(long index) {
    synchronized (snapshotLock) {
      rottenIndex = index;
    }
  }

  /// Ratis answered a request. If it did so without a cut, there is nothing newer than the latest
  /// snapshot, which is the answer, unless it has rotted.
  void snapshotAnswered(Optional<String> refusal) {
    CompletableFuture<SnapshotPoint> waiting;
    long rotten;
    synchronized (snapshotLock) {
      if (writing || published != null || requested == null) {
        return;
      }
      waiting = requested;
      requested = null;
      rotten = rottenIndex;
    }
    SnapshotPoint latest = latestSnapshot;
    if (refusal.isEmpty() && latest != null && latest.index() == rotten) {
      waiting.completeExceptionally(new RottenSnapshot(group, rotten));
    } else if (refusal.isEmpty() && latest != null) {
      waiting.complete(latest);
    } else if (refusal.isEmpty()) {
      waiting.completeExceptionally(
          new NothingToSnapshot("the log is empty: group=" + group.value()));
    } else {
      waiting.completeExceptionally(
          new IOException(
              "no snapshot taken: group=" + group.value() + " reason=" + refusal.get()));
    }
  }

  @Override
  public long takeSnapshot() {
    int current;
    synchronized (snapshotLock) {
      current = generation;
      if (published != null) {
        SnapshotPoint point = published;
        published = null;
        remember(point);
        bytesSinceSnapshot.durable();
        return point.index();
      }
      if (requested == null || writing) {
        return RaftLog.INVALID_LOG_INDEX;
      }
      writing = true;
    }
    TermIndex at = getLastAppliedTermIndex();
    GroupState held = state;
    if (held == null) {
      finishSnapshot(
          current, null, new IOException("no state to snapshot: group=" + group.value()));
      return RaftLog.INVALID_LOG_INDEX;
    }
    try {
      GroupStore.Cut cut = store.cut(held, at.getTerm(), at.getIndex());
      bytesSinceSnapshot.cut();
      background.execute(() -> write(current, cut, new SnapshotPoint(at.getTerm(), at.getIndex())));
    } catch (IOException | RuntimeException e) {
      finishSnapshot(current, null, e);
    }
    return RaftLog.INVALID_LOG_INDEX;
  }

  private void write(int of, GroupStore.Cut cut, SnapshotPoint point) {
    try (cut) {
      cut.write();
      finishSnapshot(of, point, null);
    } catch (IOException | RuntimeException e) {
      finishSnapshot(of, null, e); // Who asked for it says what became of it.
    }
  }

  private void finishSnapshot(int of, @Nullable SnapshotPoint point, @Nullable Exception problem) {
    CompletableFuture<SnapshotPoint> waiting;
    synchronized (snapshotLock) {
      if (of != generation) {
        return;
      }
      writing = false;
      published = point;
      waiting = requested;
      requested = null;
    }
    if (waiting == null) {
      return;
    }
    if (point != null) {
      waiting.complete(point);
    } else {
      waiting.completeExceptionally(problem);
    }
  }

  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    return latestInfo;
  }

  @Override
  public CompletableFuture<@Nullable TermIndex> notifyInstallSnapshotFromLeader(
      RoleInfoProto role, TermIndex firstInLog) {
    if (isClosing()) {
      return CompletableFuture.completedFuture(null);
    }
    RaftServer.Division division = division();
    // Not by the role: that names no leader to a replica that does not know the members yet.
    RaftPeerId leader = division.getInfo().getLeaderId();
    SnapshotOffer made =
        new SnapshotOffer(
            leader, division.getInfo().getCurrentTerm(), firstInLog, new CompletableFuture<>());
    offer = made;
    beginAnswer(made, division.getRaftLog());
    return made.answer();
  }

  private void beginAnswer(SnapshotOffer made, RaftLog own) {
    if (holds(own, made.firstInLog())) {
      LOG.info(
          "the log goes on where the leader's can, no snapshot is fetched group={} next={}"
              + " leader-from={}",
          group.value(),
          own.getNextIndex(),
          made.firstInLog());
      var _ =
          made.answer()
              .completeOnTimeout(null, NEEDLESS_OFFER_OPEN.toMillis(), TimeUnit.MILLISECONDS);
      return;
    }
    LOG.info(
        "no entry in common with the leader's log, fetching a snapshot group={} next={}"
            + " leader-from={}",
        group.value(),
        own.getNextIndex(),
        made.firstInLog());
    try {
      var _ =
          cutOff(own, made.firstInLog().getIndex())
              .thenAcceptAsync(_ -> install(made), snapshotSource.threads(group))
              .whenComplete((_, problem) -> {
                if (problem != null) {
                  made.answer().completeExceptionally(problem);
                }
              });
    } catch (ConcurrentModificationException appending) {
      // An append from before the offer is still on its way into the log; the leader asks again.
      made.answer().complete(null);
    }
  }

  /// Drops the own entries from there on, which are not the leader's, as Raft does when the leader
  /// sends its own. Ratis would leave them below the snapshot's end, and send them on as a leader.
  private CompletableFuture<Long> cutOff(RaftLog own, long index) {
    if (own.getNextIndex() <= index) {
      return CompletableFuture.completedFuture(index);
    }
    LOG.warn(
        "dropping entries that only a former leader has group={} from={} next={}",
        group.value(),
        index,
        own.getNextIndex());
    return ((RaftLogBase) own).truncate(index);
  }

  /// Whether the leader can send what follows, for which it must know an entry that both logs have:
  /// its first, or a later one. An own entry in that place is not enough: a leader that was
  /// replaced has entries there that nobody else has. What is committed is in every later leader's
  /// log. Nothing is appended while an offer is open.
  private static boolean holds(RaftLog own, TermIndex firstInLog) {
    return own.getLastCommittedIndex() >= firstInLog.getIndex()
        || firstInLog.equals(own.getTermIndex(firstInLog.getIndex()));
  }

  private RaftServer.Division division() {
    try {
      return getServer().join().getDivision(getGroupId());
    } catch (IOException noSuchGroup) {
      throw new UncheckedIOException(noSuchGroup);
    }
  }

  /// The offer that Ratis has not yet taken the answer to. One whose answer failed it closes
  /// itself.
  Optional<SnapshotOffer> openOffer() {
    return Optional.ofNullable(offer).filter(made -> !made.answer().isCompletedExceptionally());
  }

  /// Looks at an offer's answer. Should the leader have done so meanwhile, Ratis takes this for a
  /// new offer, of a log that may be none of that leader's: nothing is dropped or fetched for it.
  <T> T closing(CheckedSupplier<T, IOException> look) throws IOException {
    closer = Thread.currentThread();
    try {
      return look.get();
    } finally {
      closer = null;
    }
  }

  /// Ratis asks on the thread that brings the offer.
  private boolean isClosing() {
    return Thread.currentThread() == closer;
  }

  /// Also told, of others, to a leader; and of this one a second time, as a success, with its first
  /// entry behind the snapshot, when another offer may be open.
  @Override
  public void notifySnapshotInstalled(InstallSnapshotResult result, long index, RaftPeer where) {
    if (where.getId().equals(getId()) && result != InstallSnapshotResult.SUCCESS) {
      offer = null;
    }
  }

  private void install(SnapshotOffer made) {
    long needed = made.firstInLog().getIndex() - 1;
    String leader = made.leader().toString();
    Optional<SnapshotPoint> point = snapshotSource.fetch(group, leader, needed);
    if (point.isEmpty() || point.get().index() < needed) {
      LOG.warn(
          "leader has no snapshot yet group={} leader={} got={}", group.value(), leader, point);
      made.answer().complete(null);
      return;
    }
    try {
      answer(made, TermIndex.valueOf(point.get().term(), point.get().index()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// While the offer is open no entry comes between the members and the snapshot, and under Ratis'
  /// lock nobody closes it, or makes this replica a leader, in between. Own entries behind the
  /// snapshot are of an append that was under way, or of a time as a leader: Ratis would set its
  /// log back below them. The leader offers again.
  private void answer(SnapshotOffer made, TermIndex end) throws IOException {
    RaftServer.Division division = division();
    synchronized (division) {
      if (made.answer().isDone()
          || division.getInfo().isLeader()
          || division.getRaftLog().getNextIndex() > end.getIndex() + 1) {
        made.answer().complete(null);
        return;
      }
      Optional<LogEntryProto> members = MetaFiles.in(raftDirectory()).newestCommitted();
      if (members.isPresent()) {
        FetchedMembers.putInForce(getServer().join(), division, members.get(), end);
      }
      made.answer().complete(end);
    }
  }

  private record SnapshotAt(TermIndex termIndex) implements SnapshotInfo {
    @Override
    public TermIndex getTermIndex() {
      return termIndex;
    }

    @Override
    public List<FileInfo> getFiles() {
      return List.of();
    }
  }
}
