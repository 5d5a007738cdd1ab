package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.NodeStopped;
import java.io.IOException;

/// A fault in force.
public interface Injury {
  /// For the timeline: what was done to whom.
  String description();

  /// Mends it, waits until what was down is up again, and tells what proves that it bit.
  Evidence mend() throws IOException, InterruptedException, NodeStopped;
}
