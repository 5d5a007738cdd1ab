package io.vxmeta.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.Status;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.deploy.AlertRules.Alert;
import io.vxmeta.deploy.AlertRules.Expected;
import io.vxmeta.statemachine.ProducerLimits;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Whoever is woken by an alert learns which node it is, and what to do.
final class AlertsTest {
  private static final List<String> SECTIONS =
      List.of("Likely causes", "What to look at", "What to do", "When it is over");

  private static final Pattern FACT = Pattern.compile("[a-z0-9_]+=\\{\\{");

  private static final Pattern CODES = Pattern.compile("code=~\"([A-Z_|]+)\"");

  /// Those of the API's refusals that say nothing against the caller.
  private static final Set<String> CODES_OF_NODES =
      Set.of("UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED");

  private final Repository repository = Repository.here();
  private final AlertRules rules = AlertRules.of(repository);

  private Set<String> names() {
    return rules.alerts().stream().map(Alert::name).collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyAlertHasItsRunbookAndEveryRunbookItsAlert() {
    Set<String> books =
        repository.filesEndingWith(".md").stream()
            .filter(file -> file.startsWith(AlertRules.RUNBOOKS))
            .map(file -> file.getFileName().toString().replace(".md", ""))
            .filter(name -> !name.equals("README"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertFalse(books.isEmpty());
    assertEquals(names(), books);
  }

  @Test
  void everyRunbookIsInTheIndexAndSaysWhatToDo() {
    String index = text(AlertRules.RUNBOOKS.resolve("README.md"));
    for (Alert alert : rules.alerts()) {
      String row = "| [" + alert.name() + "](" + alert.name() + ".md) | ";
      String severity = String.valueOf(alert.labels().get("severity"));
      assertTrue(
          index.contains(row + severity) || index.contains(row + "**" + severity + "**"),
          () -> "expected in the index: " + row + severity);
      String book = text(AlertRules.RUNBOOKS.resolve(alert.name() + ".md"));
      assertTrue(book.startsWith("# " + alert.name() + "\n"), alert::name);
      assertTrue(book.toLowerCase(Locale.ROOT).contains("**" + severity + ".**"), book);
      SECTIONS.forEach(section ->
          assertTrue(
              book.contains("\n## " + section + "\n"),
              () -> alert.name() + " lacks the section " + section));
    }
  }

  @Test
  void everyAlertNamesFactsRemedyAndRunbook() {
    for (Alert alert : rules.alerts()) {
      String severity = String.valueOf(alert.labels().get("severity"));
      assertTrue(Set.of("critical", "warning").contains(severity), alert::name);
      assertTrue(FACT.matcher(alert.annotation("summary")).find(), alert::name);
      assertTrue(alert.annotation("description").length() > 40, alert::name);
      assertEquals(
          AlertRules.RUNBOOKS + "/" + alert.name() + ".md", alert.annotation("runbook_url"));
    }
  }

  @Test
  void everyAlertIsTestedToFireAndToStaySilent() {
    List<Expected> expected = AlertRules.expected(repository);
    Set<String> fire =
        expected.stream()
            .filter(each -> each.firing() > 0)
            .map(Expected::alert)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> silent =
        expected.stream()
            .filter(each -> each.firing() == 0)
            .map(Expected::alert)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(names(), fire);
    assertEquals(names(), silent);
  }

  @Test
  void theLimitOfProducersIsTheOneOfTheGroups() {
    String limit = "vx_meta_producers > 0.8 * " + ProducerLimits.PRODUCERS_MAX;
    assertTrue(rules.expressions().contains(limit), limit);
  }

  @Test
  void callsFailByTheSameCodesInAlertAndDashboardsAndNotByTheCallersOwn() {
    Set<String> expressions =
        rules.expressions().stream()
            .flatMap(expression -> CODES.matcher(expression).results())
            .map(found -> found.group(1))
            .collect(Collectors.toSet());
    assertEquals(1, expressions.size(), expressions::toString);
    String codes = expressions.iterator().next();
    for (String name : List.of("vx-meta-overview.json", "vx-meta-node.json")) {
      assertTrue(text(Path.of("deploy/grafana").resolve(name)).contains(codes), name);
    }
    Set<String> failing = Set.of(codes.split("\\|", -1));
    Set<String> known =
        Stream.of(Status.Code.values()).map(Status.Code::name).collect(Collectors.toSet());
    assertTrue(known.containsAll(failing), failing::toString);
    Set<String> ofTheApi =
        Stream.of(ErrorReason.values())
            .map(reason -> reason.code().name())
            .filter(failing::contains)
            .collect(Collectors.toSet());
    assertEquals(CODES_OF_NODES, ofTheApi);
  }

  @Test
  void promtoolFindsNoFaultAndItsTestsPass() throws Exception {
    Optional<Path> promtool = onPath("promtool");
    assumeTrue(promtool.isPresent(), "no promtool on the PATH: Debian's package prometheus has it");
    run(promtool.orElseThrow(), "check", AlertRules.RULES);
    run(promtool.orElseThrow(), "test", AlertRules.TESTS);
  }

  private void run(Path promtool, String verb, Path file) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                promtool.toString(), verb, "rules", repository.root().resolve(file).toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), () -> "promtool " + verb + " " + file + ":\n" + said);
  }

  private static Optional<Path> onPath(String program) {
    return Stream.of(String.valueOf(System.getenv("PATH")).split(File.pathSeparator))
        .map(folder -> Path.of(folder).resolve(program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private String text(Path file) {
    return String.join("\n", repository.lines(file)) + "\n";
  }
}
