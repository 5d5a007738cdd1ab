package io.vxmeta.chaos.seeded;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What a node is started with so that it carries seeded bugs and has fail points.
public final class Seeding {
  private Seeding() {}

  /// JVM options for every node of a cluster whose fail points can be armed, and which carries
  /// these bugs; the agent's jar is written to the folder. The nodes keep short logs: so a replica
  /// that was away for a while needs a snapshot, and the edges of purging and fetching are reached.
  ///
  /// @throws IllegalArgumentException if there is no bug of that name in nodes
  public static List<String> jvmOptions(Path folder, List<String> bugs) throws IOException {
    List<String> parts =
        new ArrayList<>(List.of(FailPoints.OPTION, "bug:" + Tuning.SHORT_LOG.title()));
    for (String bug : bugs) {
      if (!names().contains(bug)) {
        throw new IllegalArgumentException(
            "expected a seeded bug that sits in nodes: name=" + bug + "; known=" + names());
      }
      parts.add("bug:" + bug);
    }
    return List.of(AgentJar.option(folder, parts));
  }

  /// The bugs that sit in nodes.
  public static List<String> names() {
    return Bugs.all().stream()
        .filter(bug -> bug.seat() == SeededBug.Seat.NODES)
        .map(SeededBug::name)
        .toList();
  }
}
