package io.vxmeta.raft.move;

import io.vxmeta.raft.move.ShardGroups.CopyAsk;
import io.vxmeta.raft.move.ShardGroups.Said;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.place.RootWriter.MapAt;
import io.vxmeta.raft.place.RootWriter.Written;
import io.vxmeta.raft.place.ShardOrders;
import io.vxmeta.raft.place.ShardOrders.OrderAt;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.read.ReadContract;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMove;
import io.vxmeta.shardmap.ShardMove.Copy;
import io.vxmeta.shardmap.ShardMove.Step;
import io.vxmeta.statemachine.CopyStep;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.Outcome;
import io.vxmeta.statemachine.ShardPhase;
import io.vxmeta.statemachine.ShardStanding;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.MoveEncoder;
import io.vxmeta.statemachine.batch.MoveKind;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One shard's move, as far as one coordinator gets with it.
final class ShardJourney {
  /* Threads: one, which waits for each answer.
   * Order: the order is read first, linearizably, then both groups are asked; from then on an entry's answer is the newest that is known
   *   of its group. That is enough: what was seen stays true as long as it matters (docs/shard-moves.md), and an entry that comes too
   *   late changes nothing and says so.
   * Ends when the move has ended, or when something failed: then it begins again with the next look, and asks everybody.
   */

  /// A commit and a change of leaders.
  private static final Duration ANSWER = Duration.ofSeconds(5);

  /// The replica that is copied from applies the freeze within a heartbeat; the source thaws by
  /// itself not much later than this.
  private static final Duration FREEZE_APPLIED = Duration.ofMillis(400);

  private static final Logger LOG = LoggerFactory.getLogger(ShardJourney.class);

  private final ShardMover.Parts parts;
  private final ShardOrders orders;
  private final ShardMover mover;
  private final ShardId shard;
  private final FrozenTime frozen;
  private @Nullable Copying copying;
  private @Nullable String lost;
  private boolean hasTurn;

  /// The copy that is being made: by one node's replica, under one attempt.
  private static final class Copying {
    private final NodeId node;
    private final String name = UUID.randomUUID().toString();
    private long asked;
    private long parts;
    private long bytes;

    Copying(NodeId node) {
      this.node = node;
    }
  }

  /// Everything that is known, as of the last answers.
  private record Known(OrderAt order, Said source, Said target) {
    ShardMove move() {
      return order.move();
    }

    Known withSource(Said said) {
      return new Known(order, said, target);
    }

    Known withTarget(Said said) {
      return new Known(order, source, said);
    }

    boolean sameAs(Known other) {
      return order.equals(other.order)
          && source.standing().equals(other.source.standing())
          && target.standing().equals(other.target.standing());
    }
  }

  ShardJourney(ShardMover.Parts parts, ShardOrders orders, ShardMover mover, ShardId shard) {
    this.parts = parts;
    this.orders = orders;
    this.mover = mover;
    this.shard = shard;
    this.frozen = new FrozenTime(parts.nanoClock());
  }

  void run() throws InterruptedException {
    try {
      Optional<Known> now = look();
      while (now.isPresent() && parts.rootWriter().leads()) {
        now = next(now.get());
      }
    } catch (ExecutionException | TimeoutException | Stalled e) {
      Throwable why = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      tell("waits: " + why);
      LOG.debug("a shard's move is gone on with later: shard={}", shard, why);
    } finally {
      endTurn();
    }
  }

  private void endTurn() {
    if (hasTurn) {
      hasTurn = false;
      mover.endTurn();
    }
  }

  /// Nothing came of what was due.
  private static final class Stalled extends Exception {
    private static final long serialVersionUID = 1L;

    Stalled(String message) {
      super(message, null, false, false);
    }
  }

  private Optional<Known> look() throws InterruptedException, ExecutionException, TimeoutException {
    Optional<OrderAt> order = ShardOrders.in(root(), shard);
    if (order.isEmpty()) {
      return Optional.empty();
    }
    ShardMove move = order.get().move();
    // The source first: what it has given by then, the target has.
    Said source = await(parts.groups().standing(move.from(), shard));
    Said target = await(parts.groups().standing(move.to(), shard));
    return Optional.of(new Known(order.get(), source, target));
  }

  /// The root group's state, which holds all that was acknowledged so far.
  private GroupState root() throws InterruptedException, ExecutionException, TimeoutException {
    long deadline = parts.nanoClock().getAsLong() + ANSWER.toNanos();
    return await(parts.gate().open(ShardGroupId.ROOT, new ReadContract.Linearizable(), deadline))
        .state();
  }

  private static <T> T await(CompletableFuture<T> answer)
      throws InterruptedException, ExecutionException, TimeoutException {
    return answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Optional<Known> next(Known seen)
      throws InterruptedException, ExecutionException, TimeoutException, Stalled {
    Optional<OrderAt> order = orderHere();
    if (order.isEmpty() || order.get().move().attempt() != seen.move().attempt()) {
      return look();
    }
    Known known = new Known(order.get(), seen.source(), seen.target());
    Step step = due(known);
    if (copies(step, known) && !hasTurn) {
      tell("waits for other copies");
      mover.takeTurn();
      hasTurn = true;
      return look();
    }
    if (!copies(step, known) && step != Step.SEAL) {
      endTurn();
    }
    tell(step);
    Optional<Known> after = take(step, known);
    if (after.isPresent()
        && after.get().sameAs(known)
        && due(after.get()) == step
        && !waits(step)) {
      throw new Stalled(
          step + " changed nothing: source=" + known.source() + " target=" + known.target());
    }
    return after;
  }

  /// As this node's own replica has it, which may be behind: the groups refuse what is too late.
  private Optional<OrderAt> orderHere() {
    return Optional.<Replica>ofNullable(parts.replicas().get(ShardGroupId.ROOT))
        .flatMap(Replica::state)
        .flatMap(root -> ShardOrders.in(root, shard));
  }

  private Step due(Known known) {
    return known
        .move()
        .due(
            standing(known.source().standing()),
            standing(known.target().standing()),
            isOwn(known) ? Copy.OWN : Copy.LOST);
  }

  /// Whether the copy is this journey's, or was begun by nobody.
  private boolean isOwn(Known known) {
    return lost == null && (copying != null || mover.attempts().mayCopy(known.move()));
  }

  private static ShardMove.Standing standing(ShardStanding said) {
    ShardMove.Phase phase =
        switch (said.phase()) {
          case AWAY -> ShardMove.Phase.AWAY;
          case STAGING -> ShardMove.Phase.STAGING;
          case SEALED -> ShardMove.Phase.SEALED;
          case OWNED -> ShardMove.Phase.OWNED;
          case FROZEN -> ShardMove.Phase.FROZEN;
        };
    return new ShardMove.Standing(phase, said.attempt(), said.open());
  }

  /// Steps that begin or continue a copy, and wait for their turn.
  private static boolean copies(Step step, Known known) {
    return known.move().will() == ShardMove.Will.GO
        && (step == Step.BEGIN || step == Step.STAGE || step == Step.COPY);
  }

  /// Steps after which the same may be due, because what changes is the copy.
  private static boolean waits(Step step) {
    return step == Step.COPY || step == Step.SEAL;
  }

  private Optional<Known> take(Step step, Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    return switch (step) {
      case BEGIN -> Optional.of(toSource(known, MoveKind.BEGIN));
      case STAGE -> Optional.of(toTarget(known, MoveKind.STAGE));
      case COPY, SEAL -> Optional.of(copy(known));
      case GIVE -> Optional.of(give(known));
      case THAW -> thaw(known);
      case DROP -> Optional.of(drop(known));
      case ACCEPT -> Optional.of(accept(known));
      case FINISH -> finish(known);
      case ANEW -> anew(known);
      case FORGET -> forget(known);
      case LOOK_AGAIN -> lookAgain(known);
    };
  }

  private Known toSource(Known known, MoveKind kind)
      throws InterruptedException, ExecutionException, TimeoutException {
    return known.withSource(await(parts.groups().propose(known.move().from(), entry(known, kind))));
  }

  private Known give(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    Known after = toSource(known, MoveKind.GIVE);
    frozen.step("give");
    return after;
  }

  private Known toTarget(Known known, MoveKind kind)
      throws InterruptedException, ExecutionException, TimeoutException {
    return known.withTarget(await(parts.groups().propose(known.move().to(), entry(known, kind))));
  }

  /// Asks both again: if the source has given meanwhile, the target is further than is known here.
  private Optional<Known> thaw(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    Known _ = toSource(known, MoveKind.THAW);
    return look();
  }

  private Known drop(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    long of = known.target().standing().attempt();
    return known.withTarget(
        await(
            parts
                .groups()
                .propose(known.move().to(), MoveEncoder.of(MoveKind.DROP, shard.value(), of))));
  }

  private EncodedTransaction entry(Known known, MoveKind kind) {
    return MoveEncoder.of(kind, shard.value(), known.move().attempt());
  }

  // ---- the copy

  private Known copy(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    Copying making = copying;
    if (making == null) {
      if (!mover.attempts().beginCopy(known.move())) {
        return lose(known, "somebody else makes the copy");
      }
      making = new Copying(known.source().by());
      copying = making;
    }
    CopyStep step = nextStep(known, making);
    return switch (step) {
      case CopyStep.Part part -> part(known, making, part);
      case CopyStep.Seal seal -> seal(known, making, seal);
      case CopyStep.Freeze _ -> freeze(known);
      case CopyStep.Over over -> lose(known, over.reason());
    };
  }

  private Known freeze(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    frozen.begin();
    Known after = toSource(known, MoveKind.FREEZE);
    frozen.step("freeze");
    return after;
  }

  /// Once the source is frozen, waits until the replica that is copied from knows it.
  private CopyStep nextStep(Known known, Copying making)
      throws InterruptedException, ExecutionException, TimeoutException {
    boolean frozen = standing(known.source().standing()).phase() == ShardMove.Phase.FROZEN;
    long until = parts.nanoClock().getAsLong() + FREEZE_APPLIED.toNanos();
    CopyStep step = ask(known, making);
    while (frozen && step instanceof CopyStep.Freeze) {
      if (parts.nanoClock().getAsLong() - until > 0) {
        return new CopyStep.Over(
            "the replica that is copied from did not learn of the freeze in time: node="
                + making.node);
      }
      TimeUnit.MILLISECONDS.sleep(1);
      step = ask(known, making);
    }
    return step;
  }

  private CopyStep ask(Known known, Copying making)
      throws InterruptedException, ExecutionException, TimeoutException {
    making.asked++;
    CopyAsk ask =
        new CopyAsk(known.move().from(), shard, known.move().attempt(), making.name, making.asked);
    try {
      return await(parts.groups().copy(making.node, ask));
    } catch (ExecutionException | TimeoutException lostAnswer) {
      // The same step again: it is kept for that.
      return await(parts.groups().copy(making.node, ask));
    }
  }

  private Known part(Known known, Copying making, CopyStep.Part part)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (known.source().standing().phase() != ShardPhase.FROZEN) {
      mover.pace(part.entry().length());
    }
    Said said = proposed(known, part.entry());
    boolean taken =
        said.standing().is(ShardPhase.STAGING, known.move().attempt())
            && said.standing().nextPart() == part.number() + 1;
    if (!taken) {
      return lose(known.withTarget(said), refusal(said));
    }
    making.parts++;
    making.bytes += part.entry().length();
    return known.withTarget(said);
  }

  private Known seal(Known known, Copying making, CopyStep.Seal seal)
      throws InterruptedException, ExecutionException, TimeoutException {
    frozen.step("rest");
    Said said = proposed(known, seal.entry());
    frozen.step("seal");
    making.parts++;
    making.bytes += seal.entry().length();
    boolean sealed = said.standing().is(ShardPhase.SEALED, known.move().attempt());
    return sealed ? known.withTarget(said) : lose(known.withTarget(said), refusal(said));
  }

  /// Under its number a part counts once, so it may be proposed again when nobody knows what came
  /// of it.
  private Said proposed(Known known, EncodedTransaction entry)
      throws InterruptedException, ExecutionException, TimeoutException {
    ShardGroupId to = known.move().to();
    try {
      return await(parts.groups().propose(to, entry));
    } catch (ExecutionException | TimeoutException unknown) {
      LOG.debug("a part of a copy is proposed again: shard={}", shard, unknown);
      return await(parts.groups().propose(to, entry));
    }
  }

  private static String refusal(Said said) {
    return said.outcome() == Outcome.OUT_OF_TURN
        ? "somebody else has changed the copy: " + said.standing()
        : "the target did not take a part of the copy: outcome="
            + said.outcome()
            + " "
            + said.standing();
  }

  private Known lose(Known known, String reason) {
    lost = reason;
    LOG.warn("an attempt to move a shard is over: {} reason={}", known.move(), reason);
    return known;
  }

  // ---- the root group

  private Known accept(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    long attempt = known.target().standing().attempt();
    CompletableFuture<Said> accepted =
        parts
            .groups()
            .propose(
                known.move().to(),
                MoveEncoder.accept(shard.value(), attempt, known.source().revision()));
    // Beside it: what is given can not come back, so the map is right whatever becomes of this
    // proposal.
    putMap(known.order());
    Known after = known.withTarget(await(accepted));
    frozen.step("accept");
    return after;
  }

  /// Unless the order is another one by now: then whoever changed it decides.
  private void putMap(OrderAt order)
      throws InterruptedException, ExecutionException, TimeoutException {
    boolean ended = false;
    while (!ended) {
      GroupState root = root();
      MapAt map = RootWriter.mapIn(root);
      ended =
          ShardOrders.in(root, shard).filter(order::equals).isEmpty()
              || map.map().groupOf(shard).equals(order.move().to())
              || isWritten(orders.handOver(order, map));
    }
  }

  private static boolean isWritten(CompletableFuture<WriteEnd> write)
      throws InterruptedException, ExecutionException, TimeoutException {
    return switch (await(write)) {
      case WriteEnd.Answered answered -> RootWriter.written(answered.answer()) == Written.NEW;
      case WriteEnd.Refused refused ->
          throw new ExecutionException(new IllegalStateException(refused.refusal().message()));
      case WriteEnd.Unknown unknown ->
          throw new ExecutionException(new IllegalStateException(unknown.message()));
    };
  }

  private Optional<Known> finish(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    putMap(known.order());
    if (!RootWriter.mapIn(root()).map().groupOf(shard).equals(known.move().to())) {
      return look();
    }
    long attempt = known.source().standing().attempt();
    Said released =
        await(
            parts
                .groups()
                .propose(
                    known.move().from(), MoveEncoder.of(MoveKind.RELEASE, shard.value(), attempt)));
    LOG.info("a shard has moved: {}{}", known.move(), frozen);
    return forget(known.withSource(released));
  }

  private Optional<Known> forget(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (!isWritten(orders.forget(known.order()))) {
      return look();
    }
    if (known.move().will() == ShardMove.Will.CALLED_OFF) {
      LOG.info("a shard's move has ended, as it was called off: {}", known.move());
    }
    return Optional.empty();
  }

  private Optional<Known> anew(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (mover.attempts().hasFailedTooOften(shard)) {
      LOG.warn(
          "a shard's move is given up: {} reason={}; order it again when that has changed",
          known.move(),
          lost == null ? "its attempts were closed before the copy was complete" : lost);
      boolean _ = isWritten(orders.callOff(known.order()));
      return look();
    }
    mover.pauseBeforeAttempt(shard);
    mover.numbers().lockInterruptibly();
    try {
      if (parts.rootWriter().leads()) {
        number(known);
      }
    } finally {
      mover.numbers().unlock();
    }
    return look();
  }

  private void number(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    GroupState root = root();
    Optional<OrderAt> order = ShardOrders.in(root, shard);
    if (order.isPresent() && order.get().equals(known.order())) {
      ShardOrders.LastAttempt last = ShardOrders.lastAttemptIn(root);
      ShardMove next = known.move().anew(next(last, known));
      if (isWritten(orders.anew(known.order(), last, next))) {
        mover.attempts().onNumberedAnew(next);
        copying = null;
        lost = null;
      }
    }
  }

  /// Above what the groups know as well: a root group that was restored from a backup may be older
  /// than they are.
  private static long next(ShardOrders.LastAttempt last, Known known) {
    long seen = Math.max(known.source().standing().attempt(), known.target().standing().attempt());
    return Math.max(last.next(), seen + 1);
  }

  /// If the order is the newest there is, its number is too low.
  private Optional<Known> lookAgain(Known known)
      throws InterruptedException, ExecutionException, TimeoutException {
    Optional<Known> now = look();
    return now.isPresent()
            && now.get().order().equals(known.order())
            && due(now.get()) == Step.LOOK_AGAIN
        ? anew(now.get())
        : now;
  }

  // ---- what is told

  private void tell(Step step) {
    tell(
        switch (step) {
          case BEGIN, STAGE, ANEW -> "begins";
          case COPY -> "copies";
          case SEAL -> "frozen: the last changes are copied";
          case GIVE, ACCEPT -> "changes hands";
          case FINISH -> "the shard map follows";
          case THAW, DROP, FORGET -> "is taken back";
          case LOOK_AGAIN -> "asks both groups";
        });
  }

  private void tell(String step) {
    Copying making = copying;
    String why = lost;
    mover.report(
        shard,
        new ShardMover.Progress(
            why == null ? step : step + "; the last attempt failed: " + why,
            making == null ? 0 : making.parts,
            making == null ? 0 : making.bytes));
  }
}
