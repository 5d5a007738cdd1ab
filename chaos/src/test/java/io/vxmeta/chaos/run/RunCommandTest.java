package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// Command lines that mean nothing, or two things at once, start no run.
class RunCommandTest {
  @TempDir private Path folder;

  private static void assertRefused(String named, String... arguments) {
    StringWriter errors = new StringWriter();
    CommandLine line =
        new CommandLine(new ChaosCommand())
            .setErr(new PrintWriter(errors, true))
            .setExpandAtFiles(false);
    assertEquals(ChaosCommand.USAGE, line.execute(arguments), errors.toString());
    assertTrue(errors.toString().contains(named), errors.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--minutes | 3",
        "--faults | none",
        "--workloads | register",
        "--seed | 99",
        "--driver | processes",
        "--nodes | 3",
        "--processes | 4",
        "--rate | 100",
        "--operations | 0"
      })
  void aPlanStandsWithoutTheOptionsThatWouldMakeAnother(String option, String value)
      throws IOException {
    Path plan = Files.writeString(folder.resolve("plan.yaml"), "seed: 7");
    assertRefused("[" + option + "]", "run", plan.toString(), option, value);
  }

  @Test
  void aPlanStandsBesideTheOptionsThatSayWhereAndToWhom() throws IOException {
    Path plan = Files.writeString(folder.resolve("plan.yaml"), "nodes: 99");
    assertRefused(
        "key=nodes",
        "run",
        plan.toString(),
        "--json",
        "--directory",
        folder.resolve("result").toString(),
        "--seed-bug",
        "read-barrier-off");
  }

  @Test
  void aMistypedCommandIsToldTheCommandsThereAre() {
    assertRefused("list-faults", "run", folder.resolve("lsit").toString());
  }

  @Test
  void aFolderIsNoPlan() {
    assertRefused("expected=a file", "run", folder.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--faults | process, | process,",
        "--faults | , | key=faults",
        "--faults | process,none | none and nothing else",
        "--faults | procces | kill-leader",
        "--workloads | register,,bank | key=workloads",
        "--nodes | 99 | key=nodes",
        "--minutes | 1440 | operations-per-second"
      })
  void whatIsWrongIsNamed(String option, String value, String named) {
    assertRefused(named, "run", option, value);
  }
}
