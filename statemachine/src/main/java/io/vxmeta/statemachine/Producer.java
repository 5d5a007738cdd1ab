package io.vxmeta.statemachine;

/// What the group remembers of one producer.
final class Producer {
  /* Threads: the apply thread changes it; the writer of a snapshot reads it under its monitor (ProducersCut), and the apply
   * thread takes the monitor only while a cut is open.
   */

  final long idHigh;
  final long idLow;

  /// Neighbours in the order of last use; a producer alone in its ring points to itself.
  Producer older = this;

  Producer newer = this;

  /// Number of the last cut for which this was saved or did not exist yet.
  int savedForCut;

  private long epoch;
  private AnswerWindow window = new AnswerWindow();
  private long lastSeenMs;
  private long stamp;

  Producer(long idHigh, long idLow, long epoch) {
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.epoch = epoch;
  }

  long epoch() {
    return epoch;
  }

  AnswerWindow window() {
    return window;
  }

  /// Leader time of the last remembered answer.
  long lastSeenMs() {
    return lastSeenMs;
  }

  /// Orders producers by last use.
  long stamp() {
    return stamp;
  }

  void seen(long leaderTimeMs, long newStamp) {
    lastSeenMs = leaderTimeMs;
    stamp = newStamp;
  }

  /// Starts again under a higher epoch.
  void restart(long newEpoch) {
    epoch = newEpoch;
    window = new AnswerWindow();
  }

  long digest() {
    long hash = Mix.next(Mix.one(idHigh), idLow);
    hash = Mix.next(hash, epoch);
    hash = Mix.next(hash, window.floor());
    hash = Mix.next(hash, window.highest());
    hash = Mix.next(hash, lastSeenMs);
    hash = Mix.next(hash, stamp);
    return Mix.next(hash, window.digest());
  }
}
