package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.ScriptedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContextsTest {

  private static final String NOBODY = "127.0.0.1:1";

  private final Map<String, String> variables = new HashMap<>();

  @TempDir private Path home = Path.of("");

  @BeforeEach
  void atHome() {
    variables.put("HOME", home.toString());
  }

  private CommandRun vxctl(String... args) {
    return CommandRun.of(variables, new byte[0], args);
  }

  private Path file() {
    return home.resolve(".config/vxctl/config.yaml");
  }

  private static String endpoints(ScriptedCluster cluster) {
    return cluster.config().endpoints().stream()
        .map(Object::toString)
        .collect(Collectors.joining(","));
  }

  @Test
  void aFlagBeatsTheEnvironmentWhichBeatsTheContext() {
    try (ScriptedCluster cluster = new ScriptedCluster()) {
      assertEquals(0, vxctl("config", "set-context", "dead", "--endpoints", NOBODY).code());
      assertEquals(
          0,
          vxctl(
                  "config",
                  "set-context",
                  "live",
                  "--endpoints",
                  endpoints(cluster),
                  "--timeout",
                  "20s",
                  "-o",
                  "json")
              .code());
      vxctl("get", "k", "--timeout", "200ms").assertOneLine(4, NOBODY);
      assertEquals(0, vxctl("config", "use-context", "live").code());
      assertTrue(vxctl("node", "list").out().startsWith("["), "the context's format");
      assertTrue(vxctl("node", "list", "-o", "table").out().startsWith("NODE"));
      variables.put("VXCTL_OUTPUT", "name");
      assertTrue(vxctl("node", "list").out().startsWith("node/node-1"));
      variables.put("VXCTL_ENDPOINTS", NOBODY);
      vxctl("get", "k", "--timeout", "200ms").assertOneLine(4, NOBODY);
      assertEquals(0, vxctl("node", "list", "--endpoints", endpoints(cluster)).code());
      variables.remove("VXCTL_ENDPOINTS");
      vxctl("--context", "dead", "get", "k", "--timeout", "200ms").assertOneLine(4, NOBODY);
      variables.put("VXCTL_CONTEXT", "dead");
      vxctl("get", "k", "--timeout", "200ms").assertOneLine(4, NOBODY);
      assertEquals(0, vxctl("node", "list", "--context=live").code());
    }
  }

  @Test
  void contextsAreKeptListedAndForgotten() throws IOException {
    assertEquals(0, vxctl("config", "set-context", "a", "--endpoints", "h:1", "-n", "x").code());
    assertEquals(0, vxctl("config", "set-context", "b", "--timeout", "9s").code());
    assertEquals(0, vxctl("config", "set-context", "a", "--timeout", "3s", "-n", "").code());
    assertEquals(
        """
        current-context: a
        contexts:
          a:
            endpoints: h:1
            timeout: 3s
          b:
            timeout: 9s
        """,
        Files.readString(file()));
    assertEquals(Files.readString(file()), vxctl("config", "view").out());
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    try (Stream<Path> beside = Files.list(file().getParent())) {
      assertEquals(List.of(file()), beside.toList(), "nothing is left beside it");
    }
    assertEquals(
        List.of("context/a", "context/b"),
        vxctl("config", "get-contexts", "-o", "name").out().lines().toList());
    assertTrue(vxctl("config", "get-contexts").out().matches("(?s)NAME.*\na +\\* +h:1.*"));
    assertEquals(0, vxctl("config", "delete-context", "a").code());
    assertFalse(Files.readString(file()).contains("current-context"));
    vxctl("config", "use-context", "a").assertOneLine(3, "context=a");
    vxctl("config", "delete-context", "a").assertOneLine(3, "contexts=[b]");
    vxctl("get", "k", "--context", "a").assertOneLine(3, "vxctl config set-context");
  }

  @Test
  void theFileIsWhereTheUserKeepsSuchFiles() {
    variables.put("XDG_CONFIG_HOME", home.resolve("xdg").toString());
    assertEquals(0, vxctl("config", "set-context", "a").code());
    assertTrue(Files.exists(home.resolve("xdg/vxctl/config.yaml")));
    variables.put("VXCTL_CONFIG", home.resolve("mine.yaml").toString());
    assertEquals(0, vxctl("config", "set-context", "a").code());
    assertTrue(Files.exists(home.resolve("mine.yaml")));
    variables.clear();
    vxctl("config", "view").assertOneLine(2, "HOME");
  }

  private void write(String text) throws IOException {
    Files.createDirectories(file().getParent());
    Files.writeString(file(), text);
  }

  @Test
  void anUnknownKeyIsRefusedWithTheNearestKnownOne() throws IOException {
    write("contexts: {a: {endpoint: h:1}}");
    vxctl("get", "k").assertOneLine(2, "unknown-key=contexts.a.endpoint; did you mean endpoints?");
    write("curent-context: a");
    vxctl("status").assertOneLine(2, "did you mean current-context?");
    write("wholly: different");
    CommandRun far = vxctl("status");
    far.assertOneLine(2, "known keys: current-context, contexts");
    assertFalse(far.err().contains("did you mean"), far.err());
  }

  @Test
  void aFileThatIsNoConfigurationIsNamedWithTheCause() throws IOException {
    for (String text :
        List.of("{", "- a", "contexts: 7", "contexts: {a: [1]}", "contexts: {a: {timeout: {}}}")) {
      write(text);
      vxctl("status").assertOneLine(2, "file=" + file());
      assertEquals(0, vxctl("status", "--help").code(), "help is given all the same");
    }
    write("contexts: {a: {timeout: soon}}\ncurrent-context: a");
    vxctl("get", "k").assertOneLine(2, "soon");
    write("current-context: gone");
    vxctl("get", "k").assertOneLine(3, "context=gone");
    write("");
    vxctl("get", "k", "--endpoints", NOBODY, "--timeout", "200ms").assertOneLine(4, NOBODY);
  }

  @Test
  void aFileThatIsALinkStaysOne() throws IOException {
    Path real = Files.writeString(home.resolve("real.yaml"), "");
    Files.createDirectories(file().getParent());
    Files.createSymbolicLink(file(), real);
    assertEquals(0, vxctl("config", "set-context", "a").code());
    assertTrue(Files.isSymbolicLink(file()));
    assertTrue(Files.readString(real).contains("a:"));
  }
}
