package io.vxmeta.chaos.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Runs nodes inside this JVM. Found by [java.util.ServiceLoader], since the harness knows the
/// server only as its users do.
public interface NodeHost {

  /// A node that runs.
  @FunctionalInterface
  interface Hosted {
    /// Stops it as SIGTERM would; returns when it has stopped.
    void stop();
  }

  /// Starts a node from its configuration file and returns when it serves.
  ///
  /// @param whenFatal hears why the node would have ended its process
  Hosted start(Path config, Consumer<String> whenFatal) throws IOException;
}
