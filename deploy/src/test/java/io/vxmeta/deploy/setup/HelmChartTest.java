package io.vxmeta.deploy.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import io.vxmeta.client.cli.context.Setting;
import io.vxmeta.raft.ConfigOverrides;
import io.vxmeta.raft.ConfigReader;
import io.vxmeta.raft.NodeConfig;
import io.vxmeta.raft.numa.GroupHomes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The chart renders what a cluster takes, and nodes what the chart tells them.
final class HelmChartTest {
  private static final Path CHART = Path.of("helm/vx-meta");
  private static final String KUBERNETES = "1.31.0";
  private static final Object[] CONTAINER = {"spec", "template", "spec", "containers", 0};

  private static TemplateCommand template() {
    return new Helm(CHART)
        .template()
        .withName("demo")
        .withNamespace("meta")
        .withKubeVersion(KUBERNETES);
  }

  private static YamlFile insecure() {
    return YamlFile.of(template().set("insecure", true).call());
  }

  private static NodeConfig configOf(String pod, YamlFile rendered, Path folder)
      throws IOException {
    Path file = folder.resolve("vxmeta.yaml");
    Files.writeString(
        file, (String) YamlFile.in(rendered.ofKind("ConfigMap"), "data", "vxmeta.yaml"));
    return ConfigReader.read(file, ConfigOverrides.of(Map.of("VXMETA_NODE", pod)));
  }

  private static Object container(YamlFile rendered) {
    return YamlFile.in(rendered.ofKind("StatefulSet"), CONTAINER);
  }

  @Test
  void lintFindsNothing() {
    LintResult found = new Helm(CHART).lint().strict().call();
    assertFalse(found.isFailed(), () -> found.getMessages().toString());
  }

  @Test
  void everyNodeStartsWithTheRenderedConfiguration(@TempDir Path folder) throws IOException {
    YamlFile rendered =
        YamlFile.of(template().set("insecure", true).set("config.data-groups", 5).call());
    assertEquals(3, YamlFile.in(rendered.ofKind("StatefulSet"), "spec", "replicas"));
    for (String pod : List.of("demo-vx-meta-0", "demo-vx-meta-1", "demo-vx-meta-2")) {
      NodeConfig config = configOf(pod, rendered, folder);
      assertEquals(pod, config.self().value());
      assertEquals(3, config.nodes().size());
      assertEquals(5, config.dataGroups());
    }
  }

  /// The process itself, with the command line and the environment of the pod; only the file lies
  /// elsewhere.
  @Test
  void nodesTakeTheCommandLineAndTheEnvironmentOfTheirPods(@TempDir Path folder)
      throws IOException, InterruptedException {
    YamlFile rendered =
        YamlFile.of(template().set("insecure", true).set("javaOptions", "-Xmx64m").call());
    Object container = container(rendered);
    Object mount = mounted(container, "config");
    List<?> arguments = (List<?>) YamlFile.in(container, "args");
    assertEquals(
        List.of("--config", YamlFile.in(mount, "mountPath") + "/vxmeta.yaml"),
        arguments,
        "the file is the one that is mounted");
    NodeConfig config = configOf("demo-vx-meta-1", rendered, folder);
    Object data = mounted(container, "data");
    assertTrue(config.data().startsWith((String) YamlFile.in(data, "mountPath")));

    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "io.vxmeta.raft.NodeMain"));
    arguments.forEach(word ->
        command.add(
            word.toString().startsWith("--")
                ? word.toString()
                : folder.resolve("vxmeta.yaml").toString()));
    command.add("--check");
    ProcessBuilder start = new ProcessBuilder(command).redirectErrorStream(true);
    byName(YamlFile.in(container, "env"))
        .forEach((name, variable) ->
            start
                .environment()
                .put(
                    name,
                    variable.get("value") instanceof String value ? value : "demo-vx-meta-1"));
    Process process = start.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertTrue(said.contains("configuration is valid node=demo-vx-meta-1"), said);
  }

  @Test
  void podsRunTheImageAsItIs() throws IOException {
    YamlFile rendered = insecure();
    List<String> image = Files.readAllLines(Path.of("docker/Dockerfile"));
    Object pod = YamlFile.in(rendered.ofKind("StatefulSet"), "spec", "template", "spec");
    Object user = YamlFile.in(pod, "securityContext", "runAsUser");
    assertTrue(image.contains("USER " + user + ":" + user), image::toString);
    assertTrue(image.contains("ENTRYPOINT [\"vxmeta\"]"), "a pod gives arguments alone");
    Object data = mounted(YamlFile.in(pod, "containers", 0), "data");
    assertTrue(image.contains("VOLUME " + YamlFile.in(data, "mountPath")), image::toString);
    String exposed =
        byName(YamlFile.in(pod, "containers", 0, "ports"), "containerPort").values().stream()
            .sorted()
            .map(String::valueOf)
            .collect(Collectors.joining(" "));
    assertTrue(image.contains("EXPOSE " + exposed), exposed);
  }

  private static Object mounted(Object container, String volume) {
    return Objects.requireNonNull(
        byName(YamlFile.in(container, "volumeMounts")).get(volume), volume);
  }

  private static Map<String, Map<?, ?>> byName(Object list) {
    Map<String, Map<?, ?>> byName = new LinkedHashMap<>();
    for (Object each : (List<?>) list) {
      byName.put((String) YamlFile.in(each, "name"), (Map<?, ?>) each);
    }
    return byName;
  }

  @Test
  void podsAreToldWhichNodeTheyAreAndNothingElse() {
    Object pod = YamlFile.in(insecure().ofKind("StatefulSet"), "spec", "template", "spec");
    Object variable = YamlFile.in(pod, "containers", 0, "env", 0);
    assertEquals("VXMETA_NODE", YamlFile.in(variable, "name"));
    assertEquals("metadata.name", YamlFile.in(variable, "valueFrom", "fieldRef", "fieldPath"));
    assertEquals(false, YamlFile.in(pod, "enableServiceLinks"));
  }

  @Test
  void probesAskPagesThatTheAdminPortServes() throws IOException {
    Object container = container(insecure());
    try (AdminPages pages = AdminPages.ofAReadyNode()) {
      for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
        assertEquals("admin", YamlFile.in(container, probe, "httpGet", "port"));
        assertEquals(
            200, pages.status((String) YamlFile.in(container, probe, "httpGet", "path")), probe);
      }
    }
  }

  @Test
  void oneNodeIsAwayAtATimeAndNoTwoShareAMachine() {
    YamlFile rendered = insecure();
    assertEquals(1, YamlFile.in(rendered.ofKind("PodDisruptionBudget"), "spec", "maxUnavailable"));
    Object rule =
        YamlFile.in(
            rendered.ofKind("StatefulSet"),
            "spec",
            "template",
            "spec",
            "affinity",
            "podAntiAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            0);
    assertEquals("kubernetes.io/hostname", YamlFile.in(rule, "topologyKey"));
    assertEquals(
        YamlFile.in(rendered.ofKind("StatefulSet"), "spec", "selector"),
        YamlFile.in(rule, "labelSelector"));
  }

  @Test
  void podsAreGuaranteedTheirCoresAndMemory() {
    Object container = container(insecure());
    assertEquals(
        YamlFile.in(container, "resources", "requests"),
        YamlFile.in(container, "resources", "limits"));
    assertEquals(
        List.of("IPC_LOCK", "SYS_NICE"),
        YamlFile.in(container, "securityContext", "capabilities", "add"));
  }

  @Test
  void podsAskForNoCapabilityWhereNoneIsAllowed() {
    YamlFile rendered =
        YamlFile.of(
            template().set("insecure", true).set("ipcLock", false).set("sysNice", false).call());
    assertEquals(
        Map.of("drop", List.of("ALL")),
        YamlFile.in(container(rendered), "securityContext", "capabilities"));
  }

  @Test
  void portsOfPodsAndServicesAreThoseThatNodesListenOn(@TempDir Path folder) throws IOException {
    YamlFile rendered = insecure();
    NodeConfig config = configOf("demo-vx-meta-0", rendered, folder);
    Map<String, Integer> listens =
        Map.of(
            "client", config.listen().client().port(),
            "peer", config.listen().peer().port(),
            "raft", config.listen().raft().port(),
            "admin", config.admin().port());
    assertEquals(listens, byName(YamlFile.in(container(rendered), "ports"), "containerPort"));
    for (Object document : rendered.documents()) {
      if (YamlFile.in(document, "kind").equals("Service")) {
        Map<String, Integer> served = byName(YamlFile.in(document, "spec", "ports"), "port");
        assertTrue(listens.entrySet().containsAll(served.entrySet()), served::toString);
        assertTrue(served.containsKey("client"), served::toString);
      }
    }
  }

  private static Map<String, Integer> byName(Object ports, String key) {
    Map<String, Integer> byName = new HashMap<>();
    for (Object port : (List<?>) ports) {
      byName.put((String) YamlFile.in(port, "name"), (Integer) YamlFile.in(port, key));
    }
    return byName;
  }

  /// Numbers of a file of values are those of JSON, and large ones are easily written as no node
  /// reads them.
  @Test
  void settingsOfAFileOfValuesReachTheNodes(@TempDir Path folder) throws IOException {
    Path values = folder.resolve("values.yaml");
    Files.writeString(
        values,
        """
        insecure: true
        config:
          data-groups: 5
          snapshot: {log-bytes: 268435456}
          disk: {reserve-bytes: 107374182400, damaged-log: refuse}
          numa: {bind: "off"}
        """);
    YamlFile rendered = YamlFile.of(template().withValuesFile(values).call());
    NodeConfig config = configOf("demo-vx-meta-0", rendered, folder);
    assertEquals(5, config.dataGroups());
    assertEquals(268_435_456, config.snapshots().logBytes());
    assertEquals(OptionalLong.of(107_374_182_400L), config.diskReserveBytes());
    assertEquals(NodeConfig.DamagedLog.REFUSE, config.damagedLog());
    assertEquals(GroupHomes.Binding.OFF, config.numa().bind());
  }

  @Test
  void vxctlInAPodReadsWhatThePodTellsIt() {
    YamlFile rendered = YamlFile.of(template().set("tls.secretName", "certificates").call());
    Set<String> known =
        Setting.keys().stream()
            .flatMap(key -> Setting.ofKey(key).stream())
            .map(Setting::variable)
            .collect(Collectors.toSet());
    Set<String> told = new TreeSet<>();
    for (Object variable : (List<?>) YamlFile.in(container(rendered), "env")) {
      String name = (String) YamlFile.in(variable, "name");
      if (name.startsWith("VXCTL_")) {
        told.add(name);
      }
    }
    assertEquals(4, told.size(), told::toString);
    assertTrue(known.containsAll(told), told::toString);
  }

  @Test
  void aReleaseWithoutTlsNeedsAnExplicitWord() {
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> template().call());
    assertTrue(String.valueOf(refused.getMessage()).contains("insecure: true"));
    YamlFile rendered = YamlFile.of(template().set("tls.secretName", "certificates").call());
    String config = (String) YamlFile.in(rendered.ofKind("ConfigMap"), "data", "vxmeta.yaml");
    assertTrue(config.contains("tls: {certificate: /etc/vxmeta-tls/tls.crt"), config);
  }

  @Test
  void unknownValuesAreRefused() {
    assertThrows(
        IllegalStateException.class,
        () -> template().set("insecure", true).set("replica", 5).call());
  }
}
