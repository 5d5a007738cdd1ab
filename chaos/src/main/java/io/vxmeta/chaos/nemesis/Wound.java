package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.NodeStopped;
import java.io.IOException;

/// An injury told by its description and its way to mend.
record Wound(String description, Mending mending) implements Injury {

  /// See [Injury#mend].
  @FunctionalInterface
  interface Mending {
    Evidence mend() throws IOException, InterruptedException, NodeStopped;
  }

  @Override
  public Evidence mend() throws IOException, InterruptedException, NodeStopped {
    return mending.mend();
  }
}
