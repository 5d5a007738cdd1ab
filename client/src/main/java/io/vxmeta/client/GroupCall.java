package io.vxmeta.client;

import io.grpc.Channel;
import io.grpc.Status;
import io.vxmeta.client.grpc.Channels;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Drives one call to one shard group through redirects, map refreshes and retries until an answer,
/// a refusal that stands, or the deadline.
final class GroupCall<A> {
  /* Threads: one attempt at a time, which may have asked two nodes; callbacks of gRPC, of the map fetch and of the timer follow each other.
   *   `stale` and `anybodySpoke` alone are also written by the second node's callback, whenever it comes.
   * Invariants: the same question is asked in every attempt, so a write repeats its sequence; once an attempt may have had
   *   an effect, `doubt` stays, and only an answer, or a refusal of the request as such, takes it away; until then it is
   *   asked of the group that alone can tell (`numberedFor`), whatever the shard map says.
   * The reason at the deadline, the first of these that holds: STALE, when any node said so, whatever others said or did not say later; the reason
   *   of the refusal, when the last attempt was refused; DEADLINE, when some attempt was; else UNREACHABLE. */

  /// What is asked, of whatever node.
  interface Question<A> {
    /// The group it concerns under this map; empty when it concerns several.
    Optional<ShardGroupId> group(ShardMap map);

    /// The group whose number it carries: once an attempt may have had an effect, nobody else can
    /// say what became of it. Empty for questions that change nothing.
    default Optional<ShardGroupId> numberedFor() {
      return Optional.empty();
    }

    /// One attempt; ends with the answer or an RpcFailure.
    CompletableFuture<A> ask(Channel channel, ShardMap map, ShardGroupId group, Duration deadline);

    /// What the answer says about who gave it; empty when it says nothing.
    Optional<Freshness> freshness(A answer);

    /// Where its attempts are told; empty: nowhere.
    default Optional<CallTrace> trace() {
      return Optional.empty();
    }

    /// After what silence a second node may be asked as well. Only for questions that change
    /// nothing.
    default Optional<Duration> hedgeAfter() {
      return Optional.empty();
    }
  }

  /// What every call of a client shares.
  record Ground(
      Topology topology,
      Channels channels,
      ScheduledExecutorService timer,
      Duration attempt,
      Function<Route.Preference, Route> routes,
      Supplier<Backoff> backoffs,
      Optional<NearCache> nearCache,
      HedgeBudget hedges,
      Optional<Tracing> tracing) {
    /// Of a call that begins now on this thread. Without tracing that is one look at a field.
    Optional<CallTrace> trace(String name) {
      return tracing.isPresent() ? tracing.get().begin(name) : Optional.empty();
    }
  }

  /// Redirects that are followed at once; after them the call pauses, so that two nodes that name
  /// each other do not spin.
  private static final int REDIRECTS_AT_ONCE_MAX = 2;

  private final Ground ground;
  private final Question<A> question;
  private final Route route;
  private final Deadline deadline;
  private final Backoff backoff;
  private final CompletableFuture<Ending<A>> result = new CompletableFuture<>();

  private Ending.Doubt doubt = Ending.Doubt.NOTHING_HAPPENED;
  private int attempts;
  private int redirects;
  private volatile boolean anybodySpoke;
  private @Nullable Trouble last;
  private volatile @Nullable Trouble stale;

  private @Nullable Declined declined;

  /// The group said that it will never do what it was asked: the shard has moved, and a map that
  /// says so is newer than this one.
  private record Declined(Epoch under, Target by) {}

  /// What became of an attempt, and at whom.
  private record Trouble(RpcFailure failure, Target from) {
    @Override
    public String toString() {
      return from + ": " + failure.told();
    }
  }

  private GroupCall(
      Ground ground, Question<A> question, Route.Preference preference, Deadline deadline) {
    this.ground = ground;
    this.question = question;
    this.route = ground.routes().apply(preference);
    this.deadline = deadline;
    this.backoff = ground.backoffs().get();
  }

  /// The future always ends with a value, soon after the deadline at the latest.
  static <A> CompletableFuture<Ending<A>> start(
      Ground ground, Question<A> question, Route.Preference preference, Deadline deadline) {
    GroupCall<A> call = new GroupCall<>(ground, question, preference, deadline);
    call.attempt();
    return call.result;
  }

  private void attempt() {
    Futures.detach(
        MapWait.within(ground, deadline)
            .whenComplete((map, failure) -> {
              if (failure == null) {
                guarded(() -> ask(map));
              } else {
                guarded(() -> end(new Ending.Failed<>(onNoMap(Futures.cause(failure)), doubt)));
              }
            }));
  }

  /// What the nodes said before says more than that none of them gave a map at last.
  private CallFailed onNoMap(Throwable failure) {
    return failure instanceof CallFailed failed ? failed : exhausted();
  }

  /// Looks at the deadline AFTER there is a map: who has none by then is told so by the wait for
  /// it, with the endpoints that gave none, however late the call began.
  private void ask(ShardMap map) {
    if (deadline.isOver()) {
      end(new Ending.Failed<>(exhausted(), doubt));
      return;
    }
    Declined declined = this.declined;
    Optional<ShardGroupId> group = groupToAsk(map);
    // A map that says by itself that it is elsewhere is as good as a newer one.
    if (declined != null && group.isPresent() && !map.epoch().isNewerThan(declined.under())) {
      refresh(declined.under(), declined.by());
      return;
    }
    if (declined != null || group.isEmpty()) {
      end(new Ending.Moved<>());
      return;
    }
    if (map.findGroup(group.get()).isEmpty()) {
      end(new Ending.Failed<>(unknownGroup(map, group.get()), doubt));
      return;
    }
    Optional<Target> target = route.next(map, group.get());
    if (target.isEmpty()) {
      end(new Ending.Failed<>(unknownNode(map), doubt));
      return;
    }
    attempts++;
    Futures.detach(
        attempt(map, group.get(), target.get())
            .whenComplete((reply, failure) ->
                guarded(() -> {
                  if (failure == null) {
                    onAnswer(reply.answer(), reply.from());
                  } else {
                    onFailure(map, group.get(), target.get(), Futures.cause(failure));
                  }
                })));
  }

  private Optional<ShardGroupId> groupToAsk(ShardMap map) {
    return doubt == Ending.Doubt.MAY_HAVE_HAPPENED
        ? question.numberedFor().or(() -> question.group(map))
        : question.group(map);
  }

  private CompletableFuture<Hedge.Reply<A>> attempt(
      ShardMap map, ShardGroupId group, Target target) {
    Hedge<A> hedge = new Hedge<>(target, put(map, group, target));
    question.hedgeAfter().ifPresent(after -> hedgeLater(hedge, after, map, group, target));
    return hedge.result();
  }

  private CompletableFuture<A> put(ShardMap map, ShardGroupId group, Target target) {
    Channel plain = ground.channels().to(target.endpoint());
    Optional<CallTrace> trace = question.trace();
    Channel channel = trace.isPresent() ? trace.get().over(plain, target, group) : plain;
    return question.ask(channel, map, group, deadline.remainingAtMost(ground.attempt()));
  }

  private void hedgeLater(
      Hedge<A> hedge, Duration after, ShardMap map, ShardGroupId group, Target first) {
    ground.hedges().earn();
    try {
      ScheduledFuture<?> due =
          ground
              .timer()
              .schedule(
                  () -> guarded(() -> hedge.ask(() -> second(map, group, first))),
                  after.toNanos(),
                  TimeUnit.NANOSECONDS);
      Futures.detach(hedge.result().whenComplete((reply, failure) -> due.cancel(false)));
    } catch (RejectedExecutionException closing) {
      // The client is being closed; the first node's answer, or its absence, ends the call.
    }
  }

  private Optional<Hedge.Second<A>> second(ShardMap map, ShardGroupId group, Target first) {
    return route
        .other(map, group, first)
        .filter(other -> ground.hedges().spend())
        .map(other ->
            new Hedge.Second<>(
                other,
                put(map, group, other)
                    .whenComplete((answer, failure) -> noteSecond(failure, other))));
  }

  /// A second node's refusal ends nothing, but that it spoke, and of which revision, is not lost.
  private void noteSecond(@Nullable Throwable problem, Target target) {
    if (problem != null && Futures.cause(problem) instanceof RpcFailure failure) {
      noteSpoken(failure);
      noteStale(failure, target);
    }
  }

  private void noteSpoken(RpcFailure failure) {
    if (failure.reason().isPresent()) {
      anybodySpoke = true;
    }
  }

  private void noteStale(RpcFailure failure, Target target) {
    if (failure.is(ErrorReason.STALE)) {
      stale = new Trouble(failure, target);
    }
  }

  private void onAnswer(A answer, Target target) {
    question.freshness(answer).ifPresent(freshness -> ground.topology().observe(freshness, target));
    end(new Ending.Answered<>(answer));
  }

  private void onFailure(ShardMap map, ShardGroupId group, Target target, Throwable cause) {
    if (!(cause instanceof RpcFailure failure)) {
      end(broken(cause));
      return;
    }
    boolean aboutTheRequest = RetryDecision.isAboutTheRequest(failure);
    if (aboutTheRequest) {
      doubt = Ending.Doubt.NOTHING_HAPPENED;
    } else if (!failure.provesNothingHappened()) {
      doubt = Ending.Doubt.MAY_HAVE_HAPPENED;
    }
    last = new Trouble(failure, target);
    noteStale(failure, target);
    note(target, failure);
    switch (RetryDecision.about(failure)) {
      case END -> end(new Ending.Failed<>(refusal(failure, target), doubt));
      case REFRESH_MAP -> {
        if (failure.is(ErrorReason.SHARD_MOVED) && question.numberedFor().isPresent()) {
          declined = new Declined(map.epoch(), target);
        }
        route.onOldMap(group, target, failure);
        refresh(map.epoch(), target);
      }
      case FIND_LEADER -> findLeader(group, target, failure);
      case TRY_ANOTHER -> {
        route.turnFrom(group, target);
        pause(backoff.next());
      }
      case WAIT -> pause(RetryDecision.pause(failure, backoff.next()));
    }
  }

  private void note(Target target, RpcFailure failure) {
    noteSpoken(failure);
    ground.topology().leaders().onFailure(target, failure);
    if (failure.code() == Status.Code.UNAVAILABLE) {
      ground.channels().retryNow(target.endpoint());
    }
  }

  private void refresh(Epoch known, Target target) {
    Futures.detach(
        ground
            .topology()
            .refreshed(known, target.endpoint())
            .copy()
            .orTimeout(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete((map, failure) -> {
              if (failure == null && map.epoch().isNewerThan(known)) {
                guarded(this::attempt);
              } else {
                guarded(() -> pause(backoff.next()));
              }
            }));
  }

  private void findLeader(ShardGroupId group, Target asked, RpcFailure failure) {
    Optional<Target> named =
        ground.topology().named(failure.fact("leader_node"), failure.fact("leader_endpoint"));
    if (named.isEmpty()) {
      route.turnFrom(group, asked);
      pause(backoff.next());
    } else if (route.follow(group, asked, named.get()) && redirects++ < REDIRECTS_AT_ONCE_MAX) {
      attempt();
    } else {
      redirects = 0;
      pause(backoff.next());
    }
  }

  private void pause(Duration pause) {
    Duration remaining = deadline.remaining();
    Duration cut = pause.compareTo(remaining) < 0 ? pause : remaining;
    try {
      Futures.detach(
          ground
              .timer()
              .schedule(() -> guarded(this::attempt), cut.toNanos(), TimeUnit.NANOSECONDS));
    } catch (RejectedExecutionException closed) {
      end(new Ending.Failed<>(VxClient.closed(), doubt));
    }
  }

  /// A callback that fails would leave the caller waiting for ever.
  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException bug) {
      end(broken(bug));
    }
  }

  private Ending<A> broken(Throwable cause) {
    if (cause instanceof CallFailed refused) {
      return new Ending.Failed<>(refused, doubt);
    }
    CallFailed failed = new CallFailed("INTERNAL", "the client failed: " + cause, Map.of());
    failed.addSuppressed(cause);
    return new Ending.Failed<>(failed, attempts == 0 ? doubt : Ending.Doubt.MAY_HAVE_HAPPENED);
  }

  private void end(Ending<A> ending) {
    result.complete(ending);
  }

  private static CallFailed refusal(RpcFailure failure, Target target) {
    Map<String, String> facts = new HashMap<>(failure.facts());
    facts.put("answered_by", target.toString());
    return new CallFailed(failure.name(), failure.text(), facts);
  }

  private CallFailed unknownNode(ShardMap map) {
    return new CallFailed(
        CallFailed.UNKNOWN_NODE,
        "the shard map does not know the node asked for: "
            + route.preference()
            + " epoch="
            + map.epoch()
            + " nodes="
            + map.nodes().stream().map(node -> node.id().value()).toList()
            + "; name one of them",
        Map.of());
  }

  private static CallFailed unknownGroup(ShardMap map, ShardGroupId group) {
    return new CallFailed(
        CallFailed.UNKNOWN_GROUP,
        "the shard map does not know the group asked for: group="
            + group
            + " epoch="
            + map.epoch()
            + " groups=0.."
            + (map.groups().size() - 1)
            + "; name one of them",
        Map.of("group", group.toString()));
  }

  private CallFailed exhausted() {
    Trouble latest = last;
    Trouble behind = stale;
    Trouble telling = behind == null ? latest : behind;
    return new CallFailed(
        reason(telling),
        (behind == null
                ? "no answer within the deadline: attempts="
                : "no replica that answered had reached the revision in time: attempts=")
            + attempts
            + (behind == null || behind.equals(latest) ? "" : " stale=[" + behind + "]")
            + " last=["
            + (latest == null ? "nobody was asked" : latest)
            + "]; check the cluster with vxctl status, or allow more time",
        telling == null ? Map.of() : telling.failure().facts());
  }

  private String reason(@Nullable Trouble telling) {
    if (telling != null && telling.failure().reason().isPresent()) {
      return telling.failure().name();
    }
    return anybodySpoke ? CallFailed.DEADLINE : CallFailed.UNREACHABLE;
  }
}
