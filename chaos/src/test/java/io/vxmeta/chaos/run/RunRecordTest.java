package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.run.RunRecord.FaultEntry;
import io.vxmeta.chaos.run.RunRecord.NotDone;
import io.vxmeta.chaos.run.RunRecord.PeriodEntry;
import io.vxmeta.chaos.run.RunRecord.Trouble;
import io.vxmeta.chaos.run.RunRecord.Verdict;
import io.vxmeta.chaos.run.RunRecord.Weight;
import io.vxmeta.chaos.workload.Judgement.Finding;
import io.vxmeta.chaos.workload.Judgement.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a run is summed up to, and how it is shown.
final class RunRecordTest {
  @TempDir private Path folder;

  private static FaultEntry fault(String name, double from, long gap) {
    return new FaultEntry(name, "process", from, from + 5, "killed node-1", true, "code=137", gap);
  }

  private static Verdict verdict(Outcome outcome, long lost) {
    List<Finding> findings =
        outcome == Outcome.INVALID
            ? List.of(
                new Finding(
                    "G-single-item",
                    "Let T1 < T2 & so on",
                    "<svg class='cycle'/>",
                    List.of(3L, 4L),
                    List.of("{\"index\":3}", "{\"index\":4}")))
            : List.of();
    return new Verdict("register", "server-order", outcome, 100, 90, lost, findings, "", "h.gz");
  }

  private static RunRecord record(List<Verdict> verdicts, List<Trouble> troubles, int mismatches) {
    return new RunRecord(
        7,
        "processes",
        "2026-01-01T00:00:00Z",
        "2 cores",
        60,
        List.of(
            fault("kill-leader", 1, 900),
            fault("kill-leader", 9, 1100),
            fault("pause", 20, 5),
            new FaultEntry("bridge", "partition", 25, 30, "a bridge", false, "hindered=0", 0),
            new FaultEntry(
                Siege.LIVENESS, "process", 50, 60, "kill -9 node-1", true, "down", 9_000)),
        List.of(new NotDone(30, "kill-all", "nobody was left to be hurt; tries=5")),
        List.of(new PeriodEntry(0, 30, List.of("kill-leader")), new PeriodEntry(30, 60, List.of())),
        verdicts,
        troubles,
        mismatches,
        List.of(
            new Throughput.Second(0, 10, 5, 0, 0, 1, 2, 3),
            new Throughput.Second(1, 0, 0, 1, 2, 0, 0, 0)));
  }

  @Test
  void recordThatLacksFieldsIsRefusedInWords() throws IOException {
    record(List.of(verdict(Outcome.VALID, 0)), List.of(), 0).write(folder);
    String whole = Files.readString(folder.resolve("run.json"));
    RunRecord.read(folder);
    for (String text :
        List.of(
            "{\"verdicts\":[]}",
            whole.replace("\"findings\"", "\"other\""),
            whole.replace("\"evidence\"", "\"other\""),
            whole.replace("\"verdicts\":[", "\"verdicts\":[null,"))) {
      Files.writeString(folder.resolve("run.json"), text);
      IOException refused = assertThrows(IOException.class, () -> RunRecord.read(folder), text);
      assertTrue(refused.toString().contains("lacks fields"), refused.toString());
    }
  }

  @Test
  void theLastLineHasItsFieldsInTheirOrder() {
    assertEquals(
        "{\"seed\":7,\"operations\":100,\"checked\":90,\"faults\":3,\"fault_kinds\":2,\"anomalies\":0,"
            + "\"unknown\":0,\"lost\":0,\"digest_mismatches\":0,\"write_gap_p99_ms\":1100,\"report\":\"/r\"}",
        record(List.of(verdict(Outcome.VALID, 0)), List.of(), 0).json(Path.of("/r")));
  }

  @Test
  void anAnomalyOutweighsWhatIsUndecidedAndThatOutweighsNothing() {
    Trouble undecided = new Trouble(1, "fault-without-evidence", Weight.UNDECIDED, "x");
    Trouble anomaly = new Trouble(1, "node-died", Weight.ANOMALY, "x");
    Verdict valid = verdict(Outcome.VALID, 0);
    assertEquals(0, record(List.of(valid), List.of(), 0).exitCode());
    assertEquals(5, record(List.of(valid), List.of(undecided), 0).exitCode());
    assertEquals(5, record(List.of(verdict(Outcome.UNKNOWN, 0)), List.of(), 0).exitCode());
    assertEquals(7, record(List.of(valid), List.of(undecided, anomaly), 0).exitCode());
    assertEquals(7, record(List.of(verdict(Outcome.INVALID, 0)), List.of(), 0).exitCode());
    assertEquals(7, record(List.of(verdict(Outcome.VALID, 1)), List.of(), 0).exitCode());
    assertEquals(7, record(List.of(valid), List.of(), 1).exitCode());
  }

  @Test
  void aRecordIsReadBackAsItWas() throws IOException {
    RunRecord record =
        record(
            List.of(verdict(Outcome.INVALID, 2)),
            List.of(new Trouble(3.5, "node-died", Weight.ANOMALY, "words")),
            1);
    record.write(folder);
    assertEquals(record, RunRecord.read(folder));
  }

  @Test
  void theRecordOfARunThatKnewNoLinesIsRead() throws IOException {
    record(List.of(verdict(Outcome.INVALID, 0)), List.of(), 0).write(folder);
    Path file = folder.resolve("run.json");
    String old =
        Files.readString(file)
            .replace(
                ",\"events\":[3,4],\"lines\":[\"{\\\"index\\\":3}\",\"{\\\"index\\\":4}\"]", "");
    assertFalse(old.contains("lines"), old);
    Files.writeString(file, old);
    RunRecord read = RunRecord.read(folder);
    assertEquals(List.of(), read.verdicts().getFirst().findings().getFirst().lines());
    assertFalse(Files.readString(HtmlReport.write(read, folder)).contains("It rests on"));
  }

  @Test
  void theSummaryNamesTheFirstHistoryThatConvicts() {
    Verdict valid = verdict(Outcome.VALID, 0);
    String text =
        record(List.of(valid, verdict(Outcome.INVALID, 0)), List.of(), 0)
            .summary(Path.of("/run"))
            .text();
    assertTrue(text.endsWith("\nthe history that convicts: /run/h.gz"), text);
    assertFalse(
        record(List.of(valid), List.of(), 0).summary(Path.of("/run")).text().contains("h.gz"));
  }

  @Test
  void aFolderOfSomethingElseIsRefused() throws IOException {
    assertThrows(IOException.class, () -> RunRecord.read(folder));
    Files.writeString(folder.resolve("run.json"), "{\"a\":");
    assertThrows(IOException.class, () -> RunRecord.read(folder));
    Files.writeString(folder.resolve("run.json"), "{}");
    assertThrows(IOException.class, () -> RunRecord.read(folder));
  }

  @Test
  void theReportShowsVerdictFaultsAndProofAndNothingFromOutside() throws IOException {
    RunRecord record = record(List.of(verdict(Outcome.INVALID, 0)), List.of(), 0);
    String page = Files.readString(HtmlReport.write(record, folder));
    assertTrue(page.contains("badge ANOMALY"));
    assertTrue(page.contains("Let T1 &lt; T2 &amp; so on"));
    assertTrue(page.contains("kill-leader"));
    assertTrue(page.contains("Planned and not done") && page.contains("kill-all"));
    assertTrue(page.contains("<svg class='cycle'/>"));
    assertTrue(
        page.contains("<code>h.gz</code>:</p><pre>{&quot;index&quot;:3}\n{&quot;index&quot;:4}"));
    assertFalse(page.contains("src=") || page.contains("href="), "the page needs nothing else");
  }

  @Test
  void percentilesAreOfTheValuesThemselves() {
    assertEquals(0, RunRecord.percentile(List.of(), 99));
    assertEquals(4, RunRecord.percentile(List.of(4L), 50));
    assertEquals(2, RunRecord.percentile(List.of(3L, 1L, 2L, 4L), 50));
    assertEquals(4, RunRecord.percentile(List.of(3L, 1L, 2L, 4L), 99));
  }
}
