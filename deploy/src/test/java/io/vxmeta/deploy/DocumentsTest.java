package io.vxmeta.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.deploy.CommandModels.Form;
import io.vxmeta.deploy.DocumentedCommands.Command;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
  void everyJavaProgramCompiles(@TempDir Path directory) throws IOException {
    int programs = 0;
    for (Path document : repository.filesEndingWith(".md")) {
      for (String program : javaPrograms(document)) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Path source = Files.writeString(directory.resolve("Program.java"), program);
        int code =
            ToolProvider.getSystemJavaCompiler()
                .run(
                    InputStream.nullInputStream(),
                    said,
                    said,
                    "-proc:none",
                    "-cp",
                    System.getProperty("java.class.path", ""),
                    "-d",
                    directory.toString(),
                    source.toString());
        assertEquals(0, code, document + ": " + said.toString(StandardCharsets.UTF_8));
        programs++;
      }
    }
    assertTrue(programs > 0, "no document has a Java program");
  }

  /// Whole ones; an excerpt has no class around it.
  private List<String> javaPrograms(Path document) {
    String text = String.join("\n", repository.lines(document));
    return Pattern.compile("(?ms)^```java$(.*?)^```$")
        .matcher(text)
        .results()
        .map(block -> block.group(1))
        .filter(block -> block.contains("static void main("))
        .toList();
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
    List<String> script = repository.lines(Path.of("vx"));
    for (String command : models.vxCommands()) {
      String label = "  ([a-z]+ \\| )*" + command + "( \\| [a-z-]+)*\\).*";
      assertTrue(script.stream().anyMatch(line -> line.matches(label)), command);
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
