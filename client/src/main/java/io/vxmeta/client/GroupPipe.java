package io.vxmeta.client;

import io.grpc.Status;
import io.vxmeta.client.PendingRing.Pending;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.grpc.StreamCall;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A bulk writer's ordered, resumable stream to one shard group.
final class GroupPipe {
  /* Threads: submitters, gRPC's callbacks and the timer, all under `lock`; futures end outside it, `completing` counts them.
   * States: no stream and nothing to do; connecting (a map is awaited or a pause runs); streaming; ended.
   * Invariants: sequences are given in the order of submission; a stream carries a run of the ring from its head, in
   *   order; an answer is for the head. Events of a former stream carry a former generation and are ignored.
   * A new stream carries one transaction until it is answered: whoever is no leader says so at the first, and nothing else
   *   is left in doubt.
   * Refusals: the protocol says that one transaction was refused, not which. When it was alone on the stream, or the error
   *   names its sequence, it is taken out; else the pipe repeats one at a time until the refused one is alone.
   * Moved shards: what the group declined, because the shard is elsewhere, did not happen and never will under its sequence, so it
   *   leaves for the pipe of the other group (`leaving`, in order; `inHand` while it is handed over), as does what was never sent.
   *   What may have happened is asked of this group until it answers. It comes to the other pipe behind what is there
   *   (`arrivals`), and nobody submits to another pipe what touches a shard of a transaction that is still here.
   *   Bounds: what left was in a ring, so all arrivals are at most the rings of the other groups. */

  /// A stream's deadline; a writer that lives longer opens another.
  private static final Duration STREAM = Duration.ofMinutes(30);

  /// Answers gRPC may hold unread; each is small.
  private static final int ANSWERS_AHEAD = 256;

  private final GroupCall.Ground ground;
  private final ShardGroupId group;
  private final ProducerIdentity producer;
  private final BulkWriter.Options options;
  private final Tally tally;
  private final Transfer transfer;
  private final Route route;
  private final Backoff backoff;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final PendingRing ring;
  private final Deque<Pending> arrivals = new ArrayDeque<>();
  private final Deque<Leaving> leaving = new ArrayDeque<>();
  private @Nullable Pending inHand;
  private boolean handingOver;
  private Epoch newest;
  private @Nullable StreamCall<WriteRequest, WriteResponse> stream;
  private @Nullable Target streamsTo;
  private @Nullable CallFailed ended;
  private String clusterId = "";
  private String lastTrouble = "none";
  private boolean connecting;
  private boolean oneAtATime;
  private boolean streamAnswered;
  private int completing;
  private int generation;
  private long lastSequence;
  private long lastProgressNanos = System.nanoTime();
  private long lastStreamEventNanos = System.nanoTime();

  /// Takes what is declined here, because its shard is in another group by that map.
  @FunctionalInterface
  interface Transfer {
    void hand(Pending declined, ShardMap map);
  }

  /// @param declinedUnder a map that says where the shard is, is newer than this; empty: any map
  private record Leaving(Pending pending, Optional<Declined> declinedUnder, long sinceNanos) {}

  private record Declined(Epoch epoch, Target by) {}

  /// @param newest map whose strays are waited for: nothing is submitted by an older one
  GroupPipe(
      GroupCall.Ground ground,
      ShardGroupId group,
      ProducerIdentity producer,
      BulkWriter.Options options,
      Tally tally,
      Transfer transfer,
      Epoch newest) {
    this.ground = ground;
    this.group = group;
    this.producer = producer;
    this.options = options;
    this.tally = tally;
    this.transfer = transfer;
    this.newest = newest;
    this.route = ground.routes().apply(new Route.Leader());
    this.backoff = ground.backoffs().get();
    this.ring = new PendingRing(options.transactionsPerGroup());
  }

  /// Takes a transaction in that the map gives to this group; empty when a newer map is known here.
  Optional<CompletableFuture<Outcome<WriteAnswer>>> submit(
      Transaction transaction, KeyShards shards, ShardMap map, Optional<CallTrace> trace)
      throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (ended == null && isFull()) {
        changed.await();
      }
      if (newest.isNewerThan(map.epoch())) {
        return Optional.empty();
      }
      tally.onSubmit();
      CallFailed end = ended;
      if (end != null) {
        return Optional.of(endedAlready(end));
      }
      WriteRequest request =
          MessageCodec.writeRequest(transaction, producer, group, lastSequence + 1);
      Pending pending = new Pending(request, shards, transaction.bytes(), trace);
      add(pending);
      pump();
      return Optional.of(pending.future);
    } finally {
      lock.unlock();
    }
  }

  private void add(Pending next) {
    if (ring.isEmpty()) {
      lastProgressNanos = System.nanoTime();
    }
    lastSequence = next.sequence;
    ring.add(next);
  }

  private boolean isFull() {
    return !arrivals.isEmpty() || hasNoRoom();
  }

  /// Also when what was taken out of the middle would let the sequences spread over more than the
  /// servers remember.
  private boolean hasNoRoom() {
    return ring.isFull()
        || (!ring.isEmpty()
            && (ring.bytes() >= options.bytesPerGroup()
                || lastSequence + 1 - ring.at(0).sequence >= SequenceWindow.WIDTH));
  }

  /// Takes in what another group declined, behind what is here.
  void arrive(Pending declined) {
    lock.lock();
    try {
      CallFailed end = ended;
      if (end != null) {
        completeLater(declined, WriteCall.refused(end));
        return;
      }
      arrivals.add(declined);
      pump();
    } finally {
      lock.unlock();
    }
  }

  private void takeArrivals() {
    while (!arrivals.isEmpty() && !hasNoRoom()) {
      add(arrivals.remove().renumbered(group, lastSequence + 1));
    }
  }

  /// Whether anything is here that leaves, or that the map gives to another group. Nothing is
  /// submitted by an older map from now on.
  boolean hasStrays(ShardMap map) {
    lock.lock();
    try {
      if (map.epoch().isNewerThan(newest)) {
        newest = map.epoch();
      }
      return isLeft(pending -> true) || holds(pending -> !pending.belongsTo(group, map));
    } finally {
      lock.unlock();
    }
  }

  /// Waits until nothing is here that touches the shards, or at least nothing of it leaves, if it
  /// belongs here.
  void awaitNone(KeyShards shards, ShardGroupId owner) throws InterruptedException {
    Predicate<Pending> touches = pending -> pending.touches(shards);
    lock.lockInterruptibly();
    try {
      while (owner.equals(group) ? isLeft(touches) : holds(touches)) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean holds(Predicate<Pending> wanted) {
    return ring.anyMatch(wanted) || arrivals.stream().anyMatch(wanted) || isLeft(wanted);
  }

  private boolean isLeft(Predicate<Pending> wanted) {
    Pending between = inHand;
    return leaving.stream().map(Leaving::pending).anyMatch(wanted)
        || (between != null && wanted.test(between));
  }

  private CompletableFuture<Outcome<WriteAnswer>> endedAlready(CallFailed end) {
    Outcome<WriteAnswer> refused =
        new Outcome.Refused<>(
            CallFailed.CLOSED,
            "the bulk writer has given up the shard group: group="
                + group
                + " because: "
                + end.text(),
            Map.of());
    tally.onOutcome(refused);
    return CompletableFuture.completedFuture(refused);
  }

  void awaitEmpty() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (completing > 0 || holds(pending -> true)) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Sends as much as the stream takes; opens one when there is none. Under the lock.
  private void pump() {
    takeArrivals();
    StreamCall<WriteRequest, WriteResponse> open = stream;
    if (open == null) {
      if (!connecting && ended == null && !ring.isEmpty()) {
        connecting = true;
        connect();
      }
      return;
    }
    int limit = oneAtATime || !streamAnswered ? Math.min(1, ring.count()) : ring.count();
    if (ring.sent() == 0) {
      lastStreamEventNanos = System.nanoTime();
    }
    while (ring.sent() < limit && open.hasRoom()) {
      open.send(toSend(ring.send()));
    }
  }

  /// Says to whom it goes, if it is traced, and to the server by which span. Under the lock, where
  /// what the application has do with spans must not block; it is told so by its library.
  private WriteRequest toSend(Pending next) {
    Target to = streamsTo;
    if (next.trace.isEmpty() || to == null) {
      return next.request;
    }
    CallTrace.Message attempt =
        next.trace
            .get()
            .message(MetadataStoreGrpc.getWriteStreamMethod(), to, group, next.shards.first());
    next.attempt = Optional.of(attempt);
    return next.request.toBuilder().setTraceparent(attempt.traceparent()).build();
  }

  private void connect() {
    Futures.detach(
        MapWait.within(ground, Deadline.after(options.stall()))
            .whenComplete((map, failure) ->
                locked(() -> {
                  if (failure == null) {
                    open(map);
                  } else {
                    lastTrouble = String.valueOf(Futures.cause(failure).getMessage());
                    connectAfter(backoff.next());
                  }
                })));
  }

  private void open(ShardMap map) {
    connecting = false;
    if (ended != null || stream != null) {
      return;
    }
    dismissStrays(map);
    takeArrivals();
    if (ring.isEmpty()) {
      return;
    }
    Optional<Target> next = route.next(map, group);
    if (next.isEmpty()) {
      connecting = true;
      connectAfter(backoff.next());
      return;
    }
    clusterId = map.clusterId();
    streamAnswered = false;
    streamsTo = next.get();
    if (generation++ > 0) {
      tally.onReconnect();
    }
    stream =
        StreamCall.start(
            ground.channels().to(next.get().endpoint()),
            MetadataStoreGrpc.getWriteStreamMethod(),
            CallHeaders.of(ring.at(0).shards.first(), map.epoch()),
            STREAM,
            ANSWERS_AHEAD,
            new StreamEvents(generation, next.get(), map));
    lastStreamEventNanos = System.nanoTime();
    pump();
  }

  /// Lets go what the map gives to another group and never happened, unless it would overtake what
  /// has to be asked here first. Nothing is sent.
  private void dismissStrays(ShardMap map) {
    if (!ring.anyMatch(pending -> !pending.belongsTo(group, map))) {
      return;
    }
    Set<ShardId> asked = new HashSet<>();
    for (Pending pending : ring.removeAll()) {
      boolean strays = !pending.belongsTo(group, map);
      if (!strays
          || pending.mayHaveHappened()
          || pending.shards.shards().stream().anyMatch(asked::contains)) {
        ring.add(pending);
        if (strays) {
          asked.addAll(pending.shards.shards());
        }
      } else {
        leave(pending, Optional.empty());
      }
    }
  }

  /// Under the lock.
  private void leave(Pending pending, Optional<Declined> declined) {
    leaving.add(new Leaving(pending, declined, System.nanoTime()));
    lastProgressNanos = System.nanoTime();
    if (!handingOver) {
      handingOver = true;
      handOverAfter(Duration.ZERO);
    }
  }

  private void handOverAfter(Duration pause) {
    try {
      Futures.detach(
          ground.timer().schedule(this::handOver, pause.toNanos(), TimeUnit.NANOSECONDS));
    } catch (RejectedExecutionException closed) {
      end(VxClient.closed());
    }
  }

  private @Nullable Leaving firstThatLeaves() {
    lock.lock();
    try {
      handingOver = !leaving.isEmpty();
      return leaving.peek();
    } finally {
      lock.unlock();
    }
  }

  /// Looks where the first of those that leave has to go.
  private void handOver() {
    Leaving next = firstThatLeaves();
    if (next == null) {
      return;
    }
    CompletableFuture<ShardMap> wanted =
        next.declinedUnder
            .map(
                declined -> ground.topology().refreshed(declined.epoch(), declined.by().endpoint()))
            .orElseGet(() -> ground.topology().current());
    Futures.detach(
        wanted.whenComplete((map, failure) -> {
          boolean known =
              failure == null
                  && next.declinedUnder
                      .filter(declined -> !map.epoch().isNewerThan(declined.epoch()))
                      .isEmpty();
          if (known) {
            pass(next, map);
          } else {
            locked(() -> onNoNewerMap(next));
          }
        }));
  }

  private void pass(Leaving next, ShardMap map) {
    lock.lock();
    try {
      if (!next.equals(leaving.peek())) {
        handingOver = false;
        return;
      }
      inHand = leaving.remove().pending();
    } finally {
      lock.unlock();
    }
    // Outside of the lock: the other pipe may be handing over to this one.
    transfer.hand(next.pending(), map);
    locked(() -> {
      inHand = null;
      changed.signalAll();
      handOverAfter(Duration.ZERO);
    });
  }

  private void onNoNewerMap(Leaving waiting) {
    if (System.nanoTime() - waiting.sinceNanos > options.giveUp().toNanos()
        && leaving.remove(waiting)) {
      completeLater(waiting.pending(), WriteCall.refused(nowhere(waiting.pending())));
      changed.signalAll();
    }
    handOverAfter(backoff.next());
  }

  private CallFailed nowhere(Pending pending) {
    return new CallFailed(
        ErrorReason.SHARD_MOVED.name(),
        "the shard moved to another group, and no node gave a map that says to which, for "
            + options.giveUp().toMillis()
            + " ms: shard="
            + pending.shards.first()
            + " group="
            + group
            + "; check the root group with vxctl status",
        Map.of("shard", pending.shards.first().toString(), "group", group.toString()));
  }

  private void connectAfter(Duration pause) {
    try {
      Futures.detach(ground.timer().schedule(this::connect, pause.toNanos(), TimeUnit.NANOSECONDS));
    } catch (RejectedExecutionException closed) {
      end(VxClient.closed());
    }
  }

  private void locked(Runnable step) {
    lock.lock();
    try {
      step.run();
    } finally {
      lock.unlock();
    }
  }

  /// What the stream of one generation tells.
  private final class StreamEvents implements StreamCall.Events<WriteResponse> {
    private final int ofGeneration;
    private final Target from;
    private final ShardMap map;

    StreamEvents(int ofGeneration, Target from, ShardMap map) {
      this.ofGeneration = ofGeneration;
      this.from = from;
      this.map = map;
    }

    @Override
    public void onAnswer(WriteResponse response) {
      Pending answered = null;
      lock.lock();
      try {
        if (ofGeneration == generation && stream != null) {
          answered = takeAnswered(response);
        }
      } finally {
        lock.unlock();
      }
      if (answered != null) {
        complete(answered, outcome(response));
      }
    }

    private Outcome<WriteAnswer> outcome(WriteResponse response) {
      try {
        WriteAnswer answer = MessageCodec.decode(response, clusterId);
        ground.topology().observe(answer.freshness(), from);
        return new Outcome.Done<>(answer);
      } catch (IllegalArgumentException unreadable) {
        return new Outcome.Unknown<>(String.valueOf(unreadable.getMessage()));
      }
    }

    @Override
    public void onRoom() {
      locked(() -> {
        if (ofGeneration == generation) {
          pump();
        }
      });
    }

    @Override
    public void onEnd() {
      onFailure(
          RpcFailure.of(
              com.google.rpc.Status.newBuilder()
                  .setCode(Status.Code.UNAVAILABLE.value())
                  .setMessage("the server ended the stream")
                  .build()));
    }

    @Override
    public void onFailure(RpcFailure failure) {
      locked(() -> {
        if (ofGeneration == generation && stream != null) {
          onBreak(failure, from, map);
        }
      });
    }
  }

  /// The head, if the answer is for it; else the stream is not to be trusted any further.
  private @Nullable Pending takeAnswered(WriteResponse response) {
    StreamCall<WriteRequest, WriteResponse> open = stream;
    if (ring.sent() == 0 || ring.at(0).sequence != response.getSequence()) {
      lastTrouble = "an answer out of order: sequence=" + response.getSequence();
      if (open != null) {
        open.cancel(lastTrouble);
      }
      return null;
    }
    Pending head = ring.removeHead();
    head.attempt.ifPresent(CallTrace.Message::answered);
    lastProgressNanos = System.nanoTime();
    lastStreamEventNanos = lastProgressNanos;
    backoff.onSuccess();
    streamAnswered = true;
    completing++;
    changed.signalAll();
    if (open != null) {
      open.demand(1);
    }
    pump();
    return head;
  }

  /// The stream is gone; under the lock.
  private void onBreak(RpcFailure failure, Target from, ShardMap map) {
    int wasSent = ring.sent();
    stream = null;
    lastTrouble = from + ": " + failure.told();
    RetryDecision decision = RetryDecision.about(failure);
    markDoubts(failure, decision, wasSent);
    ring.unsend();
    if (ended != null || (ring.isEmpty() && decision != RetryDecision.END)) {
      return;
    }
    if (failure.is(ErrorReason.SHARD_MOVED)) {
      onMoved(failure, wasSent, from, map);
      return;
    }
    switch (decision) {
      case END -> onRefusal(failure, wasSent);
      case REFRESH_MAP -> {
        connecting = true;
        route.onOldMap(group, from, failure);
        refreshAndConnect(from, map, backoff.next());
      }
      case FIND_LEADER -> findLeader(failure, from);
      case TRY_ANOTHER -> {
        avoid(failure, from);
        route.turnFrom(group, from);
        pauseAndConnect(backoff.next());
      }
      case WAIT -> pauseAndConnect(RetryDecision.pause(failure, backoff.next()));
    }
  }

  /// One transaction was declined: it did not happen, and never will under its sequence.
  private void onMoved(RpcFailure failure, int wasSent, Target from, ShardMap map) {
    int culprit = wasSent == 0 ? -1 : culprit(failure, wasSent);
    oneAtATime = culprit < 0 && wasSent > 0;
    connecting = true;
    if (culprit < 0) {
      refreshAndConnect(from, map, backoff.next());
      return;
    }
    Pending declined = ring.remove(culprit);
    changed.signalAll();
    if (declined.belongsTo(group, map)) {
      leave(declined, Optional.of(new Declined(map.epoch(), from)));
      // By a newer map, what was never sent need not be asked here.
      refreshAndConnect(from, map, Duration.ZERO);
    } else {
      leave(declined, Optional.empty());
      connectAfter(Duration.ZERO);
    }
  }

  private void refreshAndConnect(Target from, ShardMap map, Duration pause) {
    CompletableFuture<ShardMap> unused =
        ground
            .topology()
            .refreshed(map.epoch(), from.endpoint())
            .whenComplete((newer, trouble) -> locked(() -> connectAfter(pause)));
  }

  private void markDoubts(RpcFailure failure, RetryDecision decision, int wasSent) {
    for (int i = 0; i < wasSent; i++) {
      Pending pending = ring.at(i);
      pending.attempt.ifPresent(attempt -> attempt.failed(failure));
      if (decision == RetryDecision.END) {
        pending.suspectedOf = failure.name();
      } else if (!failure.provesNothingHappened() || wasSent > 1) {
        pending.inDoubt = true;
      }
    }
  }

  private void avoid(RpcFailure failure, Target from) {
    if (failure.reason().isPresent()) {
      return;
    }
    ground.topology().leaders().onFailure(from, failure);
    ground.channels().retryNow(from.endpoint());
  }

  private void findLeader(RpcFailure failure, Target from) {
    Optional<Target> named =
        ground.topology().named(failure.fact("leader_node"), failure.fact("leader_endpoint"));
    if (named.isEmpty()) {
      route.turnFrom(group, from);
    } else {
      boolean unused = route.follow(group, from, named.get());
    }
    pauseAndConnect(backoff.next());
  }

  private void pauseAndConnect(Duration pause) {
    connecting = true;
    connectAfter(pause);
  }

  /// A transaction was refused for what it is, or nothing of this writer will ever be accepted.
  private void onRefusal(RpcFailure failure, int wasSent) {
    if (wasSent == 0 || ring.isEmpty() || failure.is(ErrorReason.PRODUCER_FENCED)) {
      end(new CallFailed(failure.name(), failure.text(), failure.facts()));
      return;
    }
    int culprit = culprit(failure, wasSent);
    if (culprit < 0) {
      oneAtATime = true;
      pump();
      return;
    }
    oneAtATime = false;
    Pending refused = ring.remove(culprit);
    lastProgressNanos = System.nanoTime();
    changed.signalAll();
    completeLater(refused, refusalOf(refused, failure));
    pump();
  }

  /// Index of the transaction the failure is about; -1 when it could be any of those sent.
  private int culprit(RpcFailure failure, int wasSent) {
    if (wasSent == 1) {
      return 0;
    }
    long named =
        failure
            .fact("sequence")
            .filter(text -> text.matches("\\d{1,18}"))
            .map(Long::parseLong)
            .orElse(0L);
    int index = ring.indexOf(named);
    return index < wasSent ? index : -1;
  }

  /// Unknown when an earlier attempt may have had an effect that this refusal says nothing about.
  private static Outcome<WriteAnswer> refusalOf(Pending pending, RpcFailure failure) {
    boolean suspectedOfElse =
        !pending.suspectedOf.isEmpty() && !pending.suspectedOf.equals(failure.name());
    if (!RetryDecision.isAboutTheRequest(failure) && (pending.inDoubt || suspectedOfElse)) {
      return new Outcome.Unknown<>(failure.told());
    }
    return new Outcome.Refused<>(failure.name(), failure.text(), failure.facts());
  }

  /// Looks whether the stream still answers and the group is worth waiting for.
  void onTick() {
    lock.lock();
    try {
      if (ring.isEmpty() || ended != null) {
        return;
      }
      long now = System.nanoTime();
      StreamCall<WriteRequest, WriteResponse> open = stream;
      if (now - lastProgressNanos > options.giveUp().toNanos()) {
        end(givenUp());
      } else if (open != null && now - lastStreamEventNanos > options.stall().toNanos()) {
        lastStreamEventNanos = now;
        open.cancel("no answer for " + options.stall().toMillis() + " ms");
      }
    } finally {
      lock.unlock();
    }
  }

  private CallFailed givenUp() {
    return new CallFailed(
        CallFailed.DEADLINE,
        "the shard group answered nothing for "
            + options.giveUp().toMillis()
            + " ms: group="
            + group
            + " in-flight="
            + ring.count()
            + " last=["
            + lastTrouble
            + "]; check the cluster with vxctl status",
        Map.of("group", group.toString()));
  }

  /// Nothing more goes through this pipe: what is unanswered ends, later submissions are refused.
  private void end(CallFailed why) {
    ended = why;
    StreamCall<WriteRequest, WriteResponse> open = stream;
    int sent = ring.sent();
    stream = null;
    if (open != null) {
      open.cancel(why.reason());
    }
    List<Pending> unanswered = ring.removeAll();
    for (int i = 0; i < unanswered.size(); i++) {
      Pending pending = unanswered.get(i);
      if (i < sent) {
        pending.attempt.ifPresent(attempt -> attempt.givenUp(why.reason()));
      }
      boolean doubt = i < sent || pending.inDoubt || !pending.suspectedOf.isEmpty();
      completeLater(pending, doubt ? new Outcome.Unknown<>(why.text()) : WriteCall.refused(why));
    }
    arrivals.forEach(pending -> completeLater(pending, WriteCall.refused(why)));
    arrivals.clear();
    leaving.forEach(each -> completeLater(each.pending(), WriteCall.refused(why)));
    leaving.clear();
    changed.signalAll();
  }

  /// Under the lock: futures end outside it, since their callbacks may do anything.
  private void completeLater(Pending pending, Outcome<WriteAnswer> outcome) {
    completing++;
    try {
      ground.timer().execute(() -> complete(pending, outcome));
    } catch (RejectedExecutionException closed) {
      complete(pending, outcome);
    }
  }

  private void complete(Pending pending, Outcome<WriteAnswer> outcome) {
    tally.onOutcome(outcome);
    pending.future.complete(outcome);
    locked(() -> {
      completing--;
      changed.signalAll();
    });
  }

  void close() {
    lock.lock();
    try {
      StreamCall<WriteRequest, WriteResponse> open = stream;
      if (open != null && ring.isEmpty()) {
        open.finish();
        stream = null;
      }
      if (ended == null) {
        end(VxClient.closed());
      }
    } finally {
      lock.unlock();
    }
  }
}
