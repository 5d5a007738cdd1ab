package io.vxmeta.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.deploy.CommandModels.Form;
import io.vxmeta.deploy.DocumentedCommands.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// What documents tell people to type is there.
class DocumentsTest {

  /// Written from the definitions themselves, and compared as a whole.
  private static final Path REFERENCE = Path.of("docs/vxctl-commands.md");

  /// Fewer would mean that they are no longer found.
  private static final int BLOCKS_MIN = 100;

  private static final int SENTENCES_MIN = 100;

  private final Repository repository = Repository.here();
  private final CommandModels models = new CommandModels(repository);

  @Test
  void everyCommandInABlockParses() {
    report(DocumentedCommands::inBlocks, Form.WHOLE, BLOCKS_MIN);
  }

  @Test
  void everyCommandNamedInASentenceIsThere() {
    report(DocumentedCommands::inSentences, Form.NAMED, SENTENCES_MIN);
  }

  @Test
  void theReferenceHasTheCommandsOfAllModulesAndNoOthers() {
    assertEquals(
        CommandModels.reference().lines().toList(),
        repository.lines(REFERENCE),
        "./vx ctl man --markdown >docs/vxctl-commands.md");
  }

  @Test
  void theHelpOfVxNamesWhatItsScriptDoes() {
    assertTrue(models.vxCommands().size() >= 9, models.vxCommands().toString());
    for (String command : models.vxCommands()) {
      assertTrue(
          repository.lines(Path.of("vx")).stream()
              .anyMatch(line -> line.matches("  ([a-z]+ \\| )*" + command + "( \\| [a-z-]+)*\\).*")),
          command);
    }
  }

  @Test
  void commandsThatAreNotThereAreFound() {
    for (String wrong :
        List.of(
            "vxctl gett key",
            "vxctl get key --frobnicate",
            "vxctl get",
            "vxctl backup",
            "vxctl snapshot create --group one",
            "vxctl get key --consistency",
            "vxctl --colour status",
            "./vx dance",
            "./vx demo --fast",
            "./vx dist --quick",
            "./vx test --short",
            "./vx ctl gett key",
            "./vx chaos --hours 3",
            "./vx bench store --fast",
            "./vx bench memory --keys 3",
            "./vx bench snapshot --keys 3",
            "./vx bench stores",
            "bin/vxmeta config show",
            "bin/vxmeta start",
            "bin/vxmeta --config",
            "bin/vxmeta --config a.yaml --disk.reserve 3",
            "bin/vxmeta-health healthz",
            "A=b ./vx dance",
            "until vxctl gett key; do sleep 1; done",
            "echo key | vxctl gett - >file",
            "source <(vxctl complete bash)",
            "kubectl exec pod -- vxctl node lst",
            "cp a b && vxctl gett key # comment")) {
      List<Command> found =
          DocumentedCommands.of(Path.of("x.md"), List.of("    " + wrong)).inBlocks();
      assertEquals(1, found.size(), wrong + " is found as " + found);
      assertTrue(models.problem(found.getFirst(), Form.WHOLE).isPresent(), wrong);
    }
  }

  @Test
  void commandsAreFoundWhereverAShellWouldRunThem() {
    List<String> lines =
        List.of(
            "Run `vxctl",
            "status` or `vxctl backup`, not `systemctl start vxmeta`.",
            "",
            "```sh",
            "$ VXCTL_TIMEOUT=1s vxctl put a 'b | c' # vxctl none",
            "vxctl get \\",
            "  a",
            "```",
            "```yaml",
            "vxctl: no command",
            "```",
            "",
            "    docker compose -f x.yaml exec node-1 vxctl status",
            "    ./vx demo      three nodes; vxctl is none");
    DocumentedCommands commands = DocumentedCommands.of(Path.of("x.md"), lines);
    assertEquals(
        List.of(
            "x.md:5: vxctl put a b | c",
            "x.md:6: vxctl get a",
            "x.md:13: vxctl status",
            "x.md:14: ./vx demo"),
        commands.inBlocks().stream().map(Command::toString).toList());
    assertEquals(
        List.of("x.md: vxctl status", "x.md: vxctl backup"),
        commands.inSentences().stream().map(Command::toString).toList());
  }

  private void report(
      Function<DocumentedCommands, List<Command>> part, Form form, int commandsMin) {
    List<Command> commands = new ArrayList<>();
    for (Path document : repository.filesEndingWith(".md")) {
      if (!document.equals(REFERENCE)) {
        commands.addAll(part.apply(DocumentedCommands.of(document, repository.lines(document))));
      }
    }
    List<String> wrong = new ArrayList<>();
    for (Command command : commands) {
      Optional<String> problem = models.problem(command, form);
      problem.ifPresent(what -> wrong.add(command + ": " + what));
    }
    assertTrue(commands.size() >= commandsMin, "commands: " + commands.size());
    assertTrue(
        wrong.isEmpty(),
        () -> "correct the document, or the command\n  " + String.join("\n  ", wrong));
  }
}
