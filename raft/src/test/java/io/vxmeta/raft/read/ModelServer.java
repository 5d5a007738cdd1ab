package io.vxmeta.raft.read;

import io.vxmeta.raft.read.ReadBarrier.Question;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.GroupState;
import java.util.List;
import java.util.Map;

/// One life of a node in a model run: the real read path over a replica of the model's Raft.
final class ModelServer {
  /* A restart makes a new one, so what the old one waited for is gone with it. What the barrier keeps to itself is seen from
   * outside: its open round by the questions it wants asked, its voters by what its replica told when the round began.
   */
  final int id;
  final ModelReplica replica;
  final ReadBarrier barrier;
  final ReadGate gate;

  /// The open round; 0 if there is none.
  long round;

  long roundTerm;
  long roundCommit;
  private final List<NodeId> peers;
  private int roundVoters;
  private int roundPrevious;

  /// Peers whose answer the round still wants.
  int wanted;

  ModelServer(int id, RaftMember member, ModelSetup setup, GroupState state, ReadWorld world) {
    this.id = id;
    this.peers = ReadWorld.NODES.subList(0, setup.nodes());
    this.replica = new ModelReplica(member, setup, state, world::preempt);
    Map<ShardGroupId, ModelReplica> replicas = Map.of(ReadWorld.GROUP, replica);
    this.barrier = new ReadBarrier(replicas, _ -> (_, _) -> world.onRound(this), world::nowNanos);
    this.gate =
        new ReadGate(
            replicas, barrier, (leader, _) -> world.network().ask(this, leader), world::nowNanos);
  }

  void observe(ModelNetwork network) {
    long before = round;
    round = 0;
    wanted = 0;
    for (NodeId peer : peers) {
      List<Question> questions = barrier.questions(peer);
      if (!questions.isEmpty()) {
        Question question = questions.getFirst();
        int to = ReadWorld.NODES.indexOf(peer);
        round = question.round();
        roundTerm = question.term();
        roundCommit = question.commitIndex();
        wanted |= 1 << to;
        network.wants(this, to, question);
      }
    }
    if (round != 0 && round != before) {
      roundVoters = replica.toldVoters;
      roundPrevious = replica.toldPrevious;
    }
  }

  void addTo(Fingerprint print) {
    replica.addTo(print);
    if (round == 0) {
      print.add(0);
    } else {
      print.add(roundTerm).add(roundCommit);
      print.addNodes(roundVoters).addNodes(roundPrevious).addNodes(wanted);
    }
  }
}
