package io.vxmeta.chaos.workload;

import java.io.IOException;

/// A workload under way.
public interface Traffic {
  /// Begins no other call; those under way go on.
  void end();

  /// Ends and returns when every call has been answered or given up.
  void stop() throws InterruptedException;

  /// Reads the final state at every replica and judges the whole history; called once, AFTER the
  /// cluster is healed, everybody has stopped and the replicas have caught up.
  Judgement judge() throws IOException, InterruptedException;
}
