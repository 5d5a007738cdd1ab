package io.vxmeta.chaos.seeded;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The power goes while a node is held at one named step of its work, and nothing acknowledged is
/// missing when it comes back.
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class PowerCutStepsIT {
  private static final Set<FailPoint> USUAL =
      EnumSet.of(FailPoint.AFTER_VOTE, FailPoint.AFTER_RENAME);

  /// Longer than anything here takes: the node is cut off long before.
  private static final FailPoints.Pause HELD = new FailPoints.Pause(600_000);

  private static final String WITNESS = "unflushed";
  private static final String VOTE = "raft-meta";

  @TempDir Path folder;

  @Test
  void nothingAcknowledgedIsLostWhenThePowerGoesAtAStep() throws Exception {
    Optional<String> impossible = LoneNode.whyNot();
    assumeTrue(impossible.isEmpty(), () -> impossible.orElse(""));
    try (LoneNode lone = LoneNode.start(folder)) {
      for (FailPoint point : Boolean.getBoolean("vx.long") ? LoneNode.STEPS : USUAL) {
        Map<Path, String> before = votes(lone);
        lone.leadTo(point, HELD);
        lone.cluster().freeze(lone.node());
        Map<Path, String> stored = votes(lone);
        Path witness = lone.disks().mountPoint(lone.node()).resolve(WITNESS);
        Files.writeString(witness, "written, never flushed");
        lone.disks().cutPower(lone.node());
        lone.cluster().kill(lone.node());
        lone.disks().restorePower(lone.node());
        assertTrue(
            !Files.exists(witness) || Files.size(witness) == 0, "the cut flushed " + witness);
        boolean _ = Files.deleteIfExists(witness);
        if (point == FailPoint.AFTER_VOTE) {
          assertNotTakenBack(before, stored, votes(lone));
        }
        lone.startAgain();
        lone.assertWhole();
        System.out.println("power cut outlived: " + point.place());
      }
    }
  }

  /// The vote that was stored when the node was held; the other group's may just have been on its
  /// way.
  private static void assertNotTakenBack(
      Map<Path, String> before, Map<Path, String> stored, Map<Path, String> after) {
    assertTrue(
        stored.entrySet().stream()
            .filter(vote -> !vote.getValue().equals(before.get(vote.getKey())))
            .anyMatch(vote -> vote.getValue().equals(after.get(vote.getKey()))),
        () -> "before=" + before + " stored=" + stored + " after=" + after);
  }

  /// The text of each group's vote file.
  private static Map<Path, String> votes(LoneNode lone) throws IOException {
    Map<Path, String> votes = new TreeMap<>();
    try (Stream<Path> all = Files.walk(lone.cluster().data(lone.node()).resolve("raft"))) {
      for (Path file : all.filter(each -> each.endsWith(VOTE)).toList()) {
        votes.put(file, Files.readString(file));
      }
    }
    assertTrue(!votes.isEmpty(), "expected vote files; node=" + lone.node());
    return votes;
  }
}
