package io.vxmeta.deploy.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The units are such that systemd takes them whole, and shut nodes in as far as the documents say.
final class SystemdUnitTest {
  private static final Path FOLDER = Path.of("systemd");
  private static final Path TOOL = Path.of("/usr/bin/systemd-analyze");
  private static final Pattern EXPOSURE = Pattern.compile("exposure level for \\S+ (\\d+\\.\\d)");

  /// Of ten; what docs/operations.md says. Another systemd may judge by other rules, so a little
  /// above is no failure.
  private static final double EXPOSURE_MAX = 1.5;

  /// Is there in every system, for the check that what is started exists.
  private static final String SOME_PROGRAM = "/bin/true";

  @TempDir private Path units;

  @BeforeAll
  static void needsTheTool() {
    assumeTrue(
        Files.isExecutable(TOOL), "systemd-analyze is not installed: apt-get install systemd");
  }

  private String analyze(String... words) throws IOException, InterruptedException {
    String unit = Files.readString(FOLDER.resolve("vxmeta@.service"));
    Files.writeString(
        units.resolve("vxmeta@.service"), unit.replace("/opt/vx-meta/bin/vxmeta", SOME_PROGRAM));
    Path extra = Files.createDirectories(units.resolve("vxmeta@.service.d"));
    Files.copy(FOLDER.resolve("numa.conf"), extra.resolve("numa.conf"));
    List<String> command = new ArrayList<>(List.of(TOOL.toString()));
    command.addAll(List.of(words));
    command.add(units.resolve("vxmeta@.service").toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }

  @Test
  void systemdHasNothingAgainstTheUnit() throws IOException, InterruptedException {
    List<String> complaints =
        analyze("verify", "--man=no").lines().filter(line -> line.contains("vxmeta")).toList();
    assertEquals(List.of(), complaints);
  }

  /// A node counts the memory of its control group, and of the whole machine if that has no limit.
  @Test
  void aNodeOnOneDomainIsToldThatItHasNotTheWholeMachine() throws IOException {
    List<String> said = Files.readAllLines(FOLDER.resolve("numa.conf"));
    assertTrue(said.contains("NUMAPolicy=bind"), said::toString);
    assertTrue(said.stream().anyMatch(line -> line.matches("MemoryMax=\\d+%")), said::toString);
  }

  @Test
  void aNodeIsExposedNoMoreThanIsWritten() throws IOException, InterruptedException {
    Matcher exposure = EXPOSURE.matcher(analyze("security", "--offline=true", "--no-pager"));
    assertTrue(exposure.find(), "systemd-analyze names the exposure");
    double level = Double.parseDouble(exposure.group(1));
    assertTrue(level <= EXPOSURE_MAX, () -> "exposure=" + level);
  }
}
