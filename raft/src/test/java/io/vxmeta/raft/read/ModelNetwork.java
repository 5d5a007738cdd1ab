package io.vxmeta.raft.read;

import io.vxmeta.raft.read.ReadBarrier.Question;
import io.vxmeta.shardmap.NodeId;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Between the nodes of a model run: carries the barrier's questions and the followers'.
interface ModelNetwork {
  /// A barrier's open round wants the answer of a peer.
  void wants(ModelServer server, int peer, Question question);

  /// A follower asks its leader for an index.
  CompletableFuture<Long> ask(ModelServer from, NodeId leader);

  /// What can arrive next.
  void collect(List<Step> steps);

  /// What happens without a choice, after each step.
  void settle();

  /// Questions of followers that wait for the barrier of a server, as far as they can be seen.
  List<ModelRead> proofs(ModelServer server);

  void onBegin(ModelServer server);

  void onEnd(ModelServer server);

  void addTo(Fingerprint print);
}
