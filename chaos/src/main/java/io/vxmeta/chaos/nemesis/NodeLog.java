package io.vxmeta.chaos.nemesis;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// What a node writes to its log from now on.
final class NodeLog {
  private final Path file;
  private final long start;

  private NodeLog(Path file, long start) {
    this.file = file;
    this.start = start;
  }

  static NodeLog fromNow(Cluster cluster, NodeId node) throws IOException {
    Path file = cluster.folder(node).resolve("node.log");
    return new NodeLog(file, Files.exists(file) ? Files.size(file) : 0);
  }

  /// The first line since then with one of these words in it.
  Optional<String> firstLineWith(String... words) throws IOException {
    return firstLineAbout("", words);
  }

  /// The first one of them that names the subject, too.
  Optional<String> firstLineAbout(String subject, String... words) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    byte[] all = Files.readAllBytes(file);
    int from = (int) Math.min(start, all.length);
    String text = new String(all, from, all.length - from, StandardCharsets.UTF_8);
    return text.lines()
        .filter(line -> line.contains(subject) && Stream.of(words).anyMatch(line::contains))
        .findFirst();
  }
}
