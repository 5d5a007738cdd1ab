package io.vxmeta.raft.read;

import io.vxmeta.raft.read.ReadBarrier.Answer;
import io.vxmeta.raft.read.ReadBarrier.Question;
import io.vxmeta.shardmap.NodeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// A network that keeps the barrier's messages for ever: each may arrive at any time, any number of
/// times, or never.
final class LooseNetwork implements ModelNetwork {
  /* So late, repeated, reordered and lost messages need no steps of their own. A peer's term is noted when a question arrives.
   * Answers that the barrier must ignore (of older rounds, of peers that answered already) arrive after EVERY step: they may
   * change nothing, so no order has to be tried for them.
   * A follower's question is a call: it arrives once, and so does its answer, or never.
   */
  private record Asked(ModelServer from, int to, Question question) {}

  private record Answered(ModelServer to, int by, long round, long term) {}

  private final ReadWorld world;
  private final Flaw flaw;
  private final Set<Asked> asked = new LinkedHashSet<>();
  private final Set<Answered> answered = new LinkedHashSet<>();
  private final List<Call> calls = new ArrayList<>();
  private final Map<Integer, Long> keptTerms = new HashMap<>();
  private final Map<Integer, Long> keptIndexes = new HashMap<>();

  LooseNetwork(ReadWorld world) {
    this.world = world;
    this.flaw = world.setup().flaw();
  }

  // ---- the barrier's questions

  @Override
  public void wants(ModelServer server, int peer, Question question) {
    asked.add(new Asked(server, peer, question));
  }

  @Override
  public void collect(List<Step> steps) {
    for (Asked ask : asked) {
      if (isOpen(ask.from, ask.question.round()) && !isAnswered(ask)) {
        steps.add(Step.between("asked", ask.to, ask.from.id, 60, () -> answer(ask)));
      }
    }
    for (Answered answer : answered) {
      if (isWanted(answer)) {
        steps.add(Step.between("confirmed", answer.by, answer.to.id, 60, () -> deliver(answer)));
      }
    }
    for (Call call : calls) {
      call.collect(steps);
    }
  }

  /// A second answer, of a later term, would only do what the first does when it comes later.
  private boolean isAnswered(Asked ask) {
    for (Answered answer : answered) {
      if (answer.to == ask.from && answer.by == ask.to && answer.round == ask.question.round()) {
        return true;
      }
    }
    return false;
  }

  private Answered answerTo(Asked ask) {
    long term = world.raft().member(ask.to).term;
    return new Answered(ask.from, ask.to, ask.question.round(), term);
  }

  private void answer(Asked ask) {
    Answered answer = answerTo(ask);
    long kept = keptTerms.computeIfAbsent(ask.to, _ -> answer.term);
    answered.add(
        flaw == Flaw.ANSWERS_ARE_KEPT
            ? new Answered(answer.to, answer.by, answer.round, kept)
            : answer);
  }

  private boolean isOpen(ModelServer server, long round) {
    return world.server(server.id) == server && server.round == round;
  }

  private boolean isWanted(Answered answer) {
    return isOpen(answer.to, answer.round) && ((answer.to.wanted >> answer.by) & 1) == 1;
  }

  private void deliver(Answered answer) {
    long told =
        switch (flaw) {
          case ONE_TERM_AHEAD_CONFIRMS ->
              answer.term == answer.to.roundTerm + 1 ? answer.to.roundTerm : answer.term;
          case EQUAL_TERM_REFUSES ->
              answer.term == answer.to.roundTerm ? answer.term + 1 : answer.term;
          default -> answer.term;
        };
    long round = flaw == Flaw.OLDER_ROUND_COUNTS ? answer.to.round : answer.round;
    world.readPath(() ->
        answer.to.barrier.onAnswers(
            ReadWorld.NODES.get(answer.by), List.of(new Answer(ReadWorld.GROUP, round, told))));
  }

  /// What must change nothing.
  @Override
  public void settle() {
    for (Answered answer : List.copyOf(answered)) {
      if (world.server(answer.to.id) == answer.to && !isWanted(answer)) {
        deliver(answer);
      }
    }
  }

  // ---- the followers' questions

  @Override
  public CompletableFuture<Long> ask(ModelServer from, NodeId leader) {
    int number = calls.size();
    for (ModelRead read : world.reads()) {
      if (read.at == from && !read.leads && !read.done && read.question < 0) {
        read.question = number;
      }
    }
    Call call = new Call(from, ReadWorld.NODES.indexOf(leader));
    calls.add(call);
    return call.index;
  }

  @Override
  public List<ModelRead> proofs(ModelServer server) {
    return calls.stream()
        .filter(call -> call.isAt(server))
        .map(call -> call.proof.getFirst())
        .filter(ModelRead::isInOpenRound)
        .toList();
  }

  @Override
  public void onBegin(ModelServer server) {}

  @Override
  public void onEnd(ModelServer ended) {
    asked.removeIf(ask -> ask.from == ended);
    answered.removeIf(answer -> answer.to == ended);
    calls.stream().filter(call -> call.isAt(ended)).forEach(call -> call.state = Call.REFUSED);
    calls.stream().filter(call -> call.from == ended).forEach(call -> call.state = Call.ENDED);
  }

  @Override
  public void addTo(Fingerprint print) {
    long messages = 0;
    for (Asked ask : asked) {
      if (isRemembered(ask.from, ask.question.round())) {
        messages += Fingerprint.mixed(print.nodeAt(ask.from.id) * 8L + print.nodeAt(ask.to) + 1);
      }
    }
    for (Answered answer : answered) {
      if (isRemembered(answer.to, answer.round)) {
        long round = answer.to.round == answer.round ? 0 : answer.round;
        messages +=
            Fingerprint.mixed(
                ((print.nodeAt(answer.to.id) * 8L + print.nodeAt(answer.by)) * 64 + answer.term)
                        * 64
                    + round
                    + (1L << 40));
      }
    }
    print.add(messages);
    calls.forEach(call -> call.addTo(print));
    if (flaw != Flaw.NONE) {
      print.add(keptTerms.hashCode()).add(keptIndexes.hashCode());
    }
  }

  /// Messages of older rounds change nothing, unless something is wrong.
  private boolean isRemembered(ModelServer server, long round) {
    return flaw != Flaw.NONE || isOpen(server, round);
  }

  /// A follower's question on its way, at the leader, or on its way back.
  private final class Call {
    static final int ASKED = 0;
    static final int WAITS = 1;
    static final int PROVEN = 2;
    static final int REFUSED = 3;
    static final int ENDED = 4;

    private final ModelServer from;
    private final int to;
    private final CompletableFuture<Long> index = new CompletableFuture<>();

    /// What waits at the leader, once it has arrived there.
    private final List<ModelRead> proof = new ArrayList<>(1);

    private int state = ASKED;
    private long answer = -1;

    Call(ModelServer from, int to) {
      this.from = from;
      this.to = to;
    }

    boolean isAt(ModelServer server) {
      return state == WAITS && proof.getFirst().at == server;
    }

    void collect(List<Step> steps) {
      if (state == ASKED) {
        steps.add(Step.between("index asked", to, from.id, 60, this::arrive));
      } else if (state == PROVEN || state == REFUSED) {
        steps.add(Step.between("index told", to, from.id, 60, this::comeBack));
      }
    }

    private void arrive() {
      state = WAITS;
      ModelServer leader = world.server(to);
      ModelRead waiting =
          new ModelRead(
              leader,
              new ReadContract.Linearizable(),
              world.nowNanos(),
              world.raft().acknowledgedCount(),
              world.raft().newestElected());
      waiting.leads = true;
      proof.add(waiting);
      world.readPath(() -> {
        var _ =
            leader
                .barrier
                .confirm(ReadWorld.GROUP, world.nowNanos() + ReadWorld.PATIENCE_NANOS)
                .whenComplete((proven, problem) -> {
                  waiting.done = true;
                  state = problem == null ? PROVEN : REFUSED;
                  answer = problem == null ? proven : -1;
                });
      });
    }

    private void comeBack() {
      boolean isProven = state == PROVEN;
      state = ENDED;
      if (!isProven) {
        index.completeExceptionally(
            ReadRefused.of(ReadRefused.Reason.NOT_READY, "the model's leader refused"));
        return;
      }
      long kept = keptIndexes.computeIfAbsent(from.id, _ -> answer);
      index.complete(
          switch (flaw) {
            case FOLLOWER_DOES_NOT_WAIT -> -1L;
            case FOLLOWER_KEEPS_INDEX -> kept;
            default -> answer;
          });
    }

    void addTo(Fingerprint print) {
      print.add(state).addNode(from.id).addNode(to);
      if (state == WAITS) {
        proof.getFirst().addTo(print);
      } else {
        print.add(answer);
      }
    }
  }
}
