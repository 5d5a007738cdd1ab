package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.cli.context.Setting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// What is written down of the commands is what they are.
class ReferenceTest {

  private static final Path GUIDE = Path.of("..", "docs", "vxctl.md");
  private static final Path REFERENCE = Path.of("..", "docs", "vxctl-commands.md");
  private static final String REMEDY =
      "the document is behind the commands: ./vx ctl man --markdown >docs/vxctl-commands.md; missing: ";

  /// Requests of man(7) that the pages use.
  private static final Pattern REQUEST = Pattern.compile("\\.(TH .*|SH [A-Z ]+|TP)");

  @TempDir private Path directory = Path.of("");

  @Test
  void theDocumentHasEveryCommandAsItIs() throws IOException {
    String document = Files.readString(REFERENCE);
    CommandRun reference = CommandRun.of("man", "--markdown");
    assertEquals(0, reference.code(), reference.toString());
    List<String> sections =
        Arrays.stream(reference.out().split("(?m)^(?=## )"))
            .filter(s -> s.startsWith("## "))
            .toList();
    assertTrue(sections.size() > 40, "sections: " + sections.size());
    assertAll(
        sections.stream()
            .map(section ->
                (Executable)
                    () -> assertTrue(document.contains(section.strip() + "\n"), REMEDY + section)));
  }

  @Test
  void theDocumentHasEveryFormatSettingAndExitCode() throws IOException {
    String document = Files.readString(GUIDE);
    for (Output.Format format : Output.Format.values()) {
      assertTrue(document.contains("| `" + format + "` |"), format.toString());
    }
    for (Setting setting : Setting.values()) {
      String row =
          "| `--" + setting.key() + "` | `" + setting.variable() + "` | `" + setting.key() + "` |";
      assertTrue(document.contains(row), row);
    }
    for (ExitCode.Meaning meaning : ExitCode.MEANINGS) {
      String row = "| " + meaning.code() + " | " + meaning.text() + " |";
      assertTrue(document.contains(row), row);
    }
  }

  @Test
  void everyCommandHasAManualPageOfKnownRequests() throws IOException {
    CommandRun written =
        CommandRun.of(
            Map.of("SOURCE_DATE_EPOCH", "1700000000"),
            new byte[0],
            "man",
            "--dir",
            directory.toString());
    assertEquals(0, written.code(), written.toString());
    List<Path> pages;
    try (Stream<Path> all = Files.list(directory)) {
      pages = all.toList();
    }
    assertTrue(pages.contains(directory.resolve("vxctl-node-drain.1")), pages.toString());
    for (Path page : pages) {
      List<String> lines = Files.readAllLines(page);
      assertTrue(lines.get(0).matches("\\.TH \\S+ 1 \"2023-11-14\" .*"), lines.get(0));
      for (String line : lines.subList(1, lines.size())) {
        assertFalse(line.isBlank() || line.startsWith("'"), page + ": " + line);
        assertTrue(!line.startsWith(".") || REQUEST.matcher(line).matches(), page + ": " + line);
        assertFalse(line.replace("\\-", "").contains("-"), page + ": a bare hyphen: " + line);
      }
    }
    String one = CommandRun.of("man", "node", "drain").out();
    assertTrue(one.contains(".SH SYNOPSIS\nvxctl node drain [FLAGS] NODE\n"), one);
    assertTrue(one.contains("\\fB\\-n") || one.contains("\\fB\\-\\-wait\\fR\n"), one);
    CommandRun.of("man", "nobody").assertOneLine(3, "command=nobody");
    CommandRun.of(Map.of("SOURCE_DATE_EPOCH", "now"), new byte[0], "man")
        .assertOneLine(2, "SOURCE_DATE_EPOCH=now");
  }

  @Test
  void completionsAreScriptsThatKnowEveryCommand() throws Exception {
    String script = CommandRun.of("completion", "bash").out();
    for (String word : List.of("get", "node", "drain", "--consistency", "set-context", "yaml")) {
      assertTrue(script.contains(word), word);
    }
    assertTrue(CommandRun.of("completion", "zsh").out().startsWith("#compdef vxctl"));
    CommandRun.of("completion", "fish").assertOneLine(2, "[bash, zsh]");
    Path file = Files.writeString(directory.resolve("vxctl.bash"), script);
    String completed =
        bash(
            "source '"
                + file
                + "'; COMP_WORDS=(vxctl node dr); COMP_CWORD=2; COMP_LINE='vxctl node dr'; "
                + "_complete_vxctl; echo \"${COMPREPLY[@]}\"");
    assertEquals("drain", completed.strip());
  }

  private static String bash(String script) throws Exception {
    Process bash =
        new ProcessBuilder("bash", "--norc", "-c", script).redirectErrorStream(true).start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(bash.waitFor(60, TimeUnit.SECONDS), said);
    assertEquals(0, bash.exitValue(), said);
    return said;
  }
}
