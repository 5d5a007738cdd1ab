package io.vxmeta.raft.read;

/// A read of a model run, or a follower's question, which waits for the same proof.
final class ModelRead {
  final ModelServer at;
  final ReadContract contract;

  /// When it began, and what had happened by then: writes acknowledged, the newest leader's term.
  final long begunNanos;

  final int acknowledged;
  final long elected;

  /// The barrier's round that was open when it began; a later one is its own.
  final long roundBefore;

  /// Whether it waits for the barrier of its own node.
  boolean leads;

  /// The question of its node that it waits for; -1 before that is asked.
  int question = -1;

  boolean proven;
  boolean done;

  ModelRead(
      ModelServer at, ReadContract contract, long begunNanos, int acknowledged, long elected) {
    this.at = at;
    this.contract = contract;
    this.begunNanos = begunNanos;
    this.acknowledged = acknowledged;
    this.elected = elected;
    this.roundBefore = at.round;
  }

  /// Whether its proof is the round that is open.
  boolean isInOpenRound() {
    return leads && !proven && !done && (at.round == 0 || at.round != roundBefore);
  }

  void addTo(Fingerprint print) {
    print.add(done ? 1 : 0);
    if (!done) {
      print.addNode(at.id).add(acknowledged).add(elected);
      print.add(leads ? 1 : 0).add(proven ? 1 : 0).add(question).add(isInOpenRound() ? 1 : 0);
    }
  }
}
