package io.vxmeta.chaos.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.TypeConversionException;

class CliCaseTest {
  @TempDir private Path folder;

  /// A launcher that runs these lines of the shell.
  private ToolStarts tool(String lines) throws IOException {
    Path script = Files.writeString(folder.resolve("tool"), lines);
    return new ToolStarts(List.of("/bin/sh", script.toString()));
  }

  @Test
  void lineHasCaseAndMedian() {
    assertEquals(
        "{\"bench\":\"cli\",\"case\":\"help\",\"runs\":3,\"median_ms\":20.0}",
        CliCase.Result.of(CliCase.HELP, new double[] {900, 10, 20}).json());
    assertEquals(
        "{\"bench\":\"cli\",\"case\":\"get\",\"runs\":4,\"median_ms\":25.5}",
        CliCase.Result.of(CliCase.GET, new double[] {31, 900, 20, 10}).json());
  }

  @Test
  void toolIsStartedWithTheArgumentsOfTheCase() throws Exception {
    double millis =
        tool("echo \"$@\"; echo " + CliCase.VALUE)
            .millis(
                CliCase.GET.arguments("127.0.0.1:1"),
                "get " + CliCase.KEY + " --endpoints 127.0.0.1:1\n" + CliCase.GET.answer());
    assertTrue(millis > 0);
  }

  @Test
  void runThatDidNotDoWhatItWasAskedIsNoMeasurement() throws IOException {
    ToolStarts failing = tool("echo 'usage: vxctl'; echo broken >&2; exit 4");
    IOException refusal =
        assertThrows(IOException.class, () -> failing.millis(List.of("--help"), "usage: vxctl"));
    assertTrue(
        String.valueOf(refusal.getMessage()).endsWith("code=4 output=usage: vxctl\nbroken"),
        refusal::getMessage);
    ToolStarts silent = tool("exit 0");
    assertThrows(IOException.class, () -> silent.millis(List.of("--help"), "usage: vxctl"));
  }

  @Test
  void runBesideTheMakingOfCachesIsNoMeasurement() throws Exception {
    Path script = Path.of("..", "vx");
    assertTrue(
        Files.readString(script).contains(ToolStarts.CACHE_TO_COME), "./vx says it in these words");
    ToolStarts early = tool("echo 'usage: vxctl'; echo 'vx: " + ToolStarts.CACHE_TO_COME + "' >&2");
    IOException refusal =
        assertThrows(IOException.class, () -> early.millis(List.of("--help"), "usage: vxctl"));
    assertTrue(
        String.valueOf(refusal.getMessage()).contains("then run again"), refusal::getMessage);
  }

  @Test
  void anUnknownCaseIsRefusedWithTheOnesThereAre() {
    CliBenchCommand.CaseName names = new CliBenchCommand.CaseName();
    assertEquals(CliCase.HELP, names.convert("help"));
    TypeConversionException refusal =
        assertThrows(TypeConversionException.class, () -> names.convert("put"));
    assertEquals("unknown case: expected one of [help, get]; found put", refusal.getMessage());
  }
}
