package io.vxmeta.raft.read;

import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ModelSetup.Pace;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// One run of the real read path, on nodes whose Raft and network are models, with every answer
/// judged.
final class ReadWorld {
  /* One thread. Where several things can happen next, `Choices` decides, also in the middle of the read path. `ReadJudge` says
   * whether an answer is right.
   */
  static final List<NodeId> NODES =
      List.of(new NodeId("a"), new NodeId("b"), new NodeId("c"), new NodeId("d"), new NodeId("e"));
  static final ShardGroupId GROUP = new ShardGroupId(1);

  /// Never reached by the model's clock: reads end late where a step says so.
  static final long PATIENCE_NANOS = TimeUnit.DAYS.toNanos(1);

  /// How often each is asked for, in walks.
  private static final List<ReadContract> CONTRACTS =
      List.of(
          new ReadContract.Linearizable(),
          new ReadContract.Linearizable(),
          new ReadContract.Linearizable(),
          new ReadContract.Bounded(100),
          new ReadContract.Local());

  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /// In long walks Raft goes on once in so many questions.
  private static final int QUESTIONS_A_PREEMPTION = 16;

  private final ModelSetup setup;
  private final Choices choices;
  private final GroupState state;
  private final RaftModel raft;
  private final ModelServer[] servers;
  private final ModelNetwork network;
  private final List<ModelRead> reads = new ArrayList<>();
  private final List<Object> trace = new ArrayList<>();
  private final ReadJudge judge;
  private long nowNanos = 1;
  private int begun;
  private int restarts;
  private int preemptions;
  private boolean mayPreempt;
  private boolean isAsked;

  /// @param state what opened reads are handed; nobody looks into it
  ReadWorld(
      ModelSetup setup,
      Choices choices,
      GroupState state,
      Function<ReadWorld, ModelNetwork> network) {
    this.setup = setup;
    this.choices = choices;
    this.state = state;
    this.raft = new RaftModel(setup, this::onApplied);
    this.judge = new ReadJudge(raft, trace);
    this.servers = new ModelServer[setup.nodes()];
    this.network = network.apply(this);
    for (int id = 0; id < servers.length; id++) {
      begin(id);
    }
  }

  private void begin(int id) {
    servers[id] = new ModelServer(id, raft.member(id), setup, state, this);
    network.onBegin(servers[id]);
  }

  ModelSetup setup() {
    return setup;
  }

  RaftModel raft() {
    return raft;
  }

  ModelNetwork network() {
    return network;
  }

  ModelServer server(int id) {
    return servers[id];
  }

  List<ModelRead> reads() {
    return reads;
  }

  long nowNanos() {
    return nowNanos;
  }

  ReadJudge judge() {
    return judge;
  }

  /// Nothing that can still happen is of interest.
  boolean isOver() {
    return begun == setup.reads() && reads.stream().allMatch(read -> read.done);
  }

  // ---- steps

  List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    raft.collect(steps, begun < setup.reads());
    network.collect(steps);
    for (ModelServer server : servers) {
      if (mayRead()) {
        steps.add(Step.of("read", server.id, 16, () -> read(server.id, contract())));
      }
      if (restarts < setup.restarts()) {
        steps.add(Step.of("restart", server.id, 1, () -> restart(server.id)));
      }
      if (restarts < setup.restarts() && raft.mayGiveUp(server.id)) {
        steps.add(Step.of("give-up", server.id, 4, () -> giveUp(server.id)));
      }
    }
    return steps;
  }

  /// The last read must be one that demands something.
  private boolean mayRead() {
    boolean demands = raft.acknowledgedCount() > 0 || raft.newestElected() > 1;
    return demands ? begun < setup.reads() : begun < setup.reads() - 1;
  }

  void run(Step step) {
    trace.add(step);
    nowNanos += STEP_NANOS;
    step.effect().run();
    settle();
  }

  private ReadContract contract() {
    return CONTRACTS.get(setup.pace() == Pace.SLUGGISH ? choices.next(CONTRACTS.size()) : 0);
  }

  /// Time goes on without a step.
  void pass(long nanos) {
    nowNanos += nanos;
  }

  private void settle() {
    for (ModelServer server : servers) {
      server.observe(network);
    }
    network.settle();
    judge.note(nowNanos);
    reads.removeIf(read -> read.done && setup.pace() == Pace.SLUGGISH);
  }

  private void read(int node, ReadContract contract) {
    begun++;
    ModelServer server = servers[node];
    ModelRead read =
        new ModelRead(server, contract, nowNanos, raft.acknowledgedCount(), raft.newestElected());
    // The gate asks for the role first.
    read.leads = raft.member(node).role == RaftRole.LEADER;
    reads.add(read);
    readPath(() -> {
      var _ =
          server
              .gate
              .open(GROUP, contract, nowNanos + PATIENCE_NANOS)
              .whenComplete((opened, problem) -> {
                if (problem == null) {
                  judge.onOpened(read, opened);
                } else {
                  judge.onRefused(read);
                }
              });
    });
  }

  /// Runs what belongs to the read path: Raft may go on in its middle, from the second question to
  /// the replica on; what happens before the first might as well have happened before all of it.
  void readPath(Runnable body) {
    mayPreempt = true;
    isAsked = false;
    body.run();
    mayPreempt = false;
  }

  /// Called BEFORE the replica answers a question of the read path.
  void preempt() {
    boolean isFirst = !isAsked;
    isAsked = true;
    if (!mayPreempt || isFirst || preemptions == setup.preemptions()) {
      return;
    }
    if (setup.pace() == Pace.SLUGGISH && choices.next(QUESTIONS_A_PREEMPTION) != 0) {
      return;
    }
    List<Step> steps = new ArrayList<>();
    raft.collect(steps, false);
    int choice = choices.next(steps.size() + 1);
    if (choice > 0) {
      Step step = steps.get(choice - 1);
      trace.add("in the middle of it:");
      trace.add(step);
      preemptions++;
      mayPreempt = false;
      step.effect().run();
      mayPreempt = true;
    }
  }

  private void restart(int node) {
    begin(node, () -> raft.restart(node));
  }

  /// And is there again at once, for whoever makes it a voter next.
  private void giveUp(int node) {
    begin(node, () -> raft.giveUp(node));
  }

  private void begin(int node, Runnable anew) {
    restarts++;
    ModelServer ended = servers[node];
    for (ModelRead read : reads) {
      if (read.at == ended) {
        read.done = true;
      }
    }
    anew.run();
    network.onEnd(ended);
    begin(node);
    ended.replica.release();
  }

  private void onApplied(int node) {
    servers[node].replica.onApplied();
  }

  /// The barrier of a server released its open round.
  void onRound(ModelServer server) {
    for (ModelRead read : reads) {
      if (read.at == server && read.isInOpenRound()) {
        judge.onProven(read, server.replica.toldTerm);
      }
    }
    network.proofs(server).forEach(asked -> judge.onProven(asked, server.replica.toldTerm));
  }

  /// Ends the run: nothing is left waiting on a timer.
  void close() {
    reads.forEach(read -> read.done = true);
    for (ModelServer server : servers) {
      server.replica.release();
    }
  }

  long fingerprint() {
    long plain = fingerprint(Fingerprint.plain());
    return setup.isEvenHanded() ? Math.min(plain, fingerprint(Fingerprint.exchanged())) : plain;
  }

  private long fingerprint(Fingerprint print) {
    raft.addTo(print);
    print.add(begun).add(restarts).add(preemptions);
    for (int at = 0; at < servers.length; at++) {
      servers[print.nodeAt(at)].addTo(print);
    }
    for (ModelRead read : reads) {
      read.addTo(print);
    }
    network.addTo(print);
    return print.value();
  }
}
