package io.vxmeta.client.cli.prompt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class PromptTest {
  @TempDir private Path directory = Path.of("");
  private final PipedOutputStream keys = new PipedOutputStream();
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

  private static CommandSpec model() {
    CommandSpec list = CommandSpec.create().addOption(OptionSpec.builder("--output").build());
    CommandSpec node = CommandSpec.create().addSubcommand("list", new CommandLine(list));
    return CommandSpec.create().name("vxctl").addSubcommand("node", new CommandLine(node));
  }

  private Prompt prompt(Optional<Path> history) throws IOException {
    ExternalTerminal terminal =
        new ExternalTerminal(
            "test", "xterm", new PipedInputStream(keys), screen, StandardCharsets.UTF_8);
    return new Prompt(terminal, history, PromptTest::model, List.of("exit"));
  }

  private void type(String text) throws IOException {
    keys.write(text.getBytes(StandardCharsets.UTF_8));
    keys.flush();
  }

  @Test
  void tabCompletesCommandsVerbsFlagsAndTheShellsOwnWords() throws IOException {
    try (Prompt prompt = prompt(Optional.empty())) {
      type("no\tli\t--out\t\r");
      assertEquals("node list --output", prompt.next("> ").orElseThrow().strip());
      type("exi\t\r");
      assertEquals("exit", prompt.next("> ").orElseThrow().strip());
    }
  }

  @Test
  void lineIsTakenAsItWasTyped() throws IOException {
    try (Prompt prompt = prompt(Optional.empty())) {
      type("put k 'hello!world \\n'\r");
      assertEquals(Optional.of("put k 'hello!world \\n'"), prompt.next("> "));
    }
  }

  @Test
  void endOfInputIsTheEnd() throws IOException {
    try (Prompt prompt = prompt(Optional.empty())) {
      type("\u0004");
      assertEquals(Optional.empty(), prompt.next("> "));
    }
  }

  @Test
  void linesAreRememberedUnlessTheyBeginWithABlank() throws IOException {
    Path history = Files.createFile(directory.resolve("history"));
    try (Prompt prompt = prompt(Optional.of(history))) {
      type("get a\r put secret s\rget b\r");
      for (int line = 0; line < 3; line++) {
        assertTrue(prompt.next("> ").isPresent());
      }
    }
    String kept = Files.readString(history);
    assertTrue(kept.contains("get a") && kept.contains("get b"), kept);
    assertFalse(kept.contains("secret"), kept);
  }
}
