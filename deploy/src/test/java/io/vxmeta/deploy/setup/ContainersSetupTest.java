package io.vxmeta.deploy.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.Release;
import io.vxmeta.raft.ConfigOverrides;
import io.vxmeta.raft.ConfigReader;
import io.vxmeta.raft.NodeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The compose file and the image hang together. Nothing here needs a container engine; that they
/// run shows [ComposeIT].
final class ContainersSetupTest {
  private static final Path COMPOSE = Path.of("compose.yaml");
  private static final Path FOLDER = Path.of("docker");

  private static YamlFile compose() throws IOException {
    return YamlFile.of(COMPOSE);
  }

  @Test
  void everyNodeOfTheComposeFileStartsWithTheSharedConfiguration() throws IOException {
    Set<String> members = new HashSet<>();
    Map<?, ?> services = (Map<?, ?>) compose().at("services");
    for (Map.Entry<?, ?> service : services.entrySet()) {
      if (service.getValue() instanceof Map<?, ?> its
          && its.get("environment") instanceof Map<?, ?> variables
          && variables.containsKey("VXMETA_NODE")) {
        String node = String.valueOf(variables.get("VXMETA_NODE"));
        assertEquals(service.getKey(), node, "nodes find each other by the names of services");
        NodeConfig config =
            ConfigReader.read(
                FOLDER.resolve("vxmeta.yaml"), ConfigOverrides.of(Map.of("VXMETA_NODE", node)));
        config.nodes().forEach(member -> members.add(member.id().value()));
      }
    }
    assertEquals(Set.of("node-1", "node-2", "node-3"), members);
  }

  @Test
  void theTarIsLookedForUnderTheNameOfThisRelease() throws IOException {
    assertEquals(
        "${DIST:-vx-meta-" + Release.VERSION + "-linux-x86_64.tar.gz}",
        compose().at("x-node", "build", "args", "DIST"));
    String pom = Files.readString(Path.of("pom.xml"));
    assertTrue(
        pom.contains("<version>" + Release.VERSION + "</version>"), "the release is the pom's");
  }

  @Test
  void prometheusScrapesEveryNodesAdminPort() throws IOException {
    Object targets =
        YamlFile.of(FOLDER.resolve("prometheus.yml"))
            .at("scrape_configs", 0, "static_configs", 0, "targets");
    assertEquals(List.of("node-1:7701", "node-2:7701", "node-3:7701"), targets);
    try (AdminPages pages = AdminPages.ofAReadyNode()) {
      assertEquals(200, pages.status("/metrics"));
    }
  }

  @Test
  void filesThatAreMountedAreThere() throws IOException {
    String text = Files.readString(COMPOSE);
    Set<String> mounted = new HashSet<>();
    Pattern.compile("\\./(docker/[\\w.-]+):")
        .matcher(text)
        .results()
        .forEach(found -> mounted.add(found.group(1)));
    assertEquals(4, mounted.size(), mounted::toString);
    for (String file : mounted) {
      assertTrue(Files.isRegularFile(Path.of(file)), file);
    }
  }

  /// Docker mounts one without `exec` if nothing is said, and Netty goes without its native parts.
  @Test
  void nodesMayRunTheLibrariesThatTheyUnpack() throws IOException {
    assertEquals(List.of("/tmp:exec"), compose().at("x-node", "tmpfs"));
  }

  @Test
  void nodesMayLockTablesAndBindThemToDomains() throws IOException {
    assertEquals(-1, compose().at("x-node", "ulimits", "memlock"));
    assertEquals(List.of("SYS_NICE"), compose().at("x-node", "cap_add"));
  }

  @Test
  void everyWayToRunANodeGivesItAMinuteToStop() throws IOException {
    assertEquals("60s", compose().at("x-node", "stop_grace_period"));
    String unit = Files.readString(Path.of("systemd/vxmeta@.service"));
    assertTrue(unit.contains("\nTimeoutStopSec=60\n"), unit);
    String pod = Files.readString(Path.of("helm/vx-meta/templates/statefulset.yaml"));
    assertTrue(pod.contains("\n      terminationGracePeriodSeconds: 60\n"), pod);
  }

  @Test
  void theImageIsMadeWithoutFetchingAnything() throws IOException {
    List<String> commands =
        Files.readAllLines(FOLDER.resolve("Dockerfile")).stream()
            .filter(line -> line.startsWith("RUN "))
            .toList();
    assertEquals(List.of("RUN mv /unpacked/vx-meta-* /vx-meta && mkdir -p /data"), commands);
  }

  @Test
  void theHealthCheckIsTheAdminPortsReadiness() throws IOException, InterruptedException {
    try (AdminPages ready = AdminPages.ofAReadyNode();
        AdminPages starting = AdminPages.ofANodeThatStarts()) {
      assertEquals(0, health("readyz", ready));
      assertEquals(1, health("readyz", starting));
      assertEquals(0, health("livez", starting));
      assertEquals(1, health("nothing", ready));
    }
    try (Stream<String> lines = Files.lines(FOLDER.resolve("Dockerfile"))) {
      assertTrue(lines.anyMatch(line -> line.contains("CMD [\"vxmeta-health\", \"readyz\"]")));
    }
  }

  private static int health(String page, AdminPages node) throws IOException, InterruptedException {
    return new ProcessBuilder("dist/bin/vxmeta-health", page, node.address())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
