package io.vxmeta.deploy.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import io.vxmeta.raft.ConfigOverrides;
import io.vxmeta.raft.ConfigReader;
import io.vxmeta.raft.NodeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
    Path file = folder.resolve("vxmeta.yaml");
    Files.writeString(
        file, (String) YamlFile.in(rendered.ofKind("ConfigMap"), "data", "vxmeta.yaml"));
    assertEquals(3, YamlFile.in(rendered.ofKind("StatefulSet"), "spec", "replicas"));
    for (String pod : List.of("demo-vx-meta-0", "demo-vx-meta-1", "demo-vx-meta-2")) {
      NodeConfig config = ConfigReader.read(file, ConfigOverrides.of(Map.of("VXMETA_NODE", pod)));
      assertEquals(pod, config.self().value());
      assertEquals(3, config.nodes().size());
      assertEquals(5, config.dataGroups());
    }
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
        List.of("IPC_LOCK"), YamlFile.in(container, "securityContext", "capabilities", "add"));
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
