package io.vxmeta.chaos.workload;

/// What a workload's clients do, turn by turn.
interface Script {
  /// One operation, or a few that belong together; called again and again by each client's thread.
  void turn(Caller caller) throws InterruptedException;

  /// The client's thread takes its last leave: nothing of it may be under way afterwards.
  default void leave(Caller caller) {}

  /// Tells which keys to read in the end.
  void finish(FinalReads reads) throws InterruptedException;
}
