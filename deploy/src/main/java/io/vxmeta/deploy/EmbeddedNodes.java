package io.vxmeta.deploy;

import io.vxmeta.chaos.cluster.NodeHost;
import io.vxmeta.raft.ConfigReader;
import io.vxmeta.raft.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Starts servers inside the JVM of the harness.
public final class EmbeddedNodes implements NodeHost {
  @Override
  public Hosted start(Path config, Consumer<String> whenFatal) throws IOException {
    Node node =
        Node.start(
            ConfigReader.read(config),
            (cause, problem) -> whenFatal.accept(cause + " cause=" + problem));
    return node::close;
  }
}
