package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.run.RunRecord.Trouble;
import io.vxmeta.chaos.run.RunRecord.Weight;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may have a folder, and what becomes of what was in it.
class RunFolderTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir private Path parent;
  private final List<String> told = new ArrayList<>();
  private Path folder = Path.of("");

  @BeforeEach
  void name() {
    folder = parent.resolve("sub/chaos");
  }

  private void run(Instant start, String file, RunRecord... records) throws IOException {
    try (RunFolder own = RunFolder.take(folder, told::add)) {
      Path plan = Files.writeString(own.path().resolve(file), "what was done");
      Files.setLastModifiedTime(plan, FileTime.from(start));
      for (RunRecord record : records) {
        record.write(own.path());
      }
    }
  }

  private static RunRecord record(Trouble... troubles) {
    return new RunRecord(
        1,
        "processes",
        START.toString(),
        "a machine",
        10,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(troubles),
        0,
        List.of());
  }

  private static List<String> names(List<Path> folders) {
    return folders.stream().map(path -> "" + path.getFileName()).toList();
  }

  @Test
  void aSecondRunIsRefusedAndHarmsNothing() throws IOException {
    try (RunFolder first = RunFolder.take(folder, told::add)) {
      Path data = Files.writeString(first.path().resolve("data"), "of a live cluster");
      IllegalStateException refused =
          assertThrows(IllegalStateException.class, () -> RunFolder.take(folder, told::add));
      assertTrue(String.valueOf(refused.getMessage()).contains(folder.toString()));
      assertEquals("of a live cluster", Files.readString(data));
    }
    RunFolder.take(folder, told::add).close();
  }

  @Test
  void aResultThatPassedMakesRoom() throws IOException {
    run(START, "plan.yaml", record());
    run(START, "next");
    assertEquals(List.of(), RunFolder.aside(folder));
    assertEquals(List.of(), told);
    assertFalse(Files.exists(folder.resolve("plan.yaml")));
  }

  @Test
  void aResultThatDidNotPassIsMovedAside() throws IOException {
    run(START, "plan.yaml", record(new Trouble(1, "node-died", Weight.ANOMALY, "n1")));
    run(START, "next");
    assertEquals(List.of("chaos-20260102-030405"), names(RunFolder.aside(folder)));
    assertTrue(told.getFirst().contains("chaos-20260102-030405"), told.toString());
    Path aside = RunFolder.aside(folder).getFirst();
    assertEquals(ChaosCommand.ANOMALY, RunRecord.read(aside).exitCode());
    assertTrue(Files.exists(aside.resolve("plan.yaml")));
    assertFalse(Files.exists(folder.resolve("plan.yaml")));
  }

  @Test
  void aRunThatBrokeOffIsMovedAside() throws IOException {
    run(START, "history");
    run(START, "history");
    run(START, "history");
    assertEquals(
        List.of("chaos-20260102-030405", "chaos-20260102-030405-2"),
        names(RunFolder.aside(folder)));
  }

  @Test
  void onlyTheLatestAreKeptAndNothingElseIsTouched() throws IOException {
    Path other = Files.createDirectories(parent.resolve("sub/chaos-by-hand"));
    for (int i = 0; i <= RunFolder.ASIDE_MAX + 1; i++) {
      run(START.plusSeconds(i), "history");
    }
    List<String> kept = names(RunFolder.aside(folder));
    assertEquals(RunFolder.ASIDE_MAX, kept.size());
    assertEquals("chaos-20260102-030406", kept.getFirst());
    assertTrue(told.getLast().contains("chaos-20260102-030405"), told.toString());
    assertTrue(Files.exists(other));
  }
}
