package io.vxmeta.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What documents, alerts and dashboards say of metrics is what a node shows.
final class MetricNamesTest {
  private static final Path TABLE = Path.of("docs/metrics.md");
  private static final Path DASHBOARDS = Path.of("deploy/grafana");

  private static final Pattern ROW =
      Pattern.compile("\\| `(\\w+)` \\| (\\w+) \\| [^|]*\\| ([^|]*)\\| .*");
  private static final Pattern TYPE = Pattern.compile("# TYPE (\\w+) (\\w+)");
  private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)\\})? \\S+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");
  private static final Pattern RECORDED = Pattern.compile("[a-z]+:vx_meta_\\w+:\\w+");
  private static final Pattern METRIC =
      Pattern.compile("\\b(?:vx_meta|ratis|jvm|process_start|process_uptime)_[A-Za-z0-9_]+");

  /// Named by their prefix.
  private static final Pattern OF_OTHERS = Pattern.compile("(jvm|ratis)_.*");

  /// Those whose maximum is a part of them.
  private static final Set<String> OF_SEVERAL_SERIES = Set.of("summary", "histogram");

  private static String scrape = "";
  private static final Set<String> SHOWN = new HashSet<>();

  private final Repository repository = Repository.here();
  private final AlertRules rules = AlertRules.of(repository);

  @BeforeAll
  static void scrape(@TempDir Path directory) throws Exception {
    try (ScrapedNode node = ScrapedNode.start(directory)) {
      scrape = node.scrape() + ScrapedNode.scrapeOfATransfer();
    }
    for (Pattern named : List.of(TYPE, SAMPLE)) {
      scrape
          .lines()
          .map(named::matcher)
          .filter(Matcher::matches)
          .forEach(name -> SHOWN.add(name.group(1)));
    }
  }

  @Test
  void theTableHoldsEveryMetricWithItsTypeAndLabelsAndNoOther() {
    Map<String, String> documented = new TreeMap<>();
    for (String line : repository.lines(TABLE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        Set<String> labels = new TreeSet<>(List.of(row.group(3).strip().split(", ")));
        labels.remove("");
        documented.put(row.group(1), row.group(2) + " " + labels);
      }
    }
    Map<String, String> shown = shown();
    assertFalse(documented.isEmpty());
    assertEquals(String.join("\n", lines(shown)), String.join("\n", lines(documented)));
  }

  private static List<String> lines(Map<String, String> table) {
    return table.entrySet().stream().map(each -> each.getKey() + " " + each.getValue()).toList();
  }

  /// Type and labels by name.
  private static Map<String, String> shown() {
    Map<String, String> types = new TreeMap<>();
    scrape
        .lines()
        .map(TYPE::matcher)
        .filter(Matcher::matches)
        .filter(type -> !OF_OTHERS.matcher(type.group(1)).matches())
        .forEach(type -> types.put(type.group(1), type.group(2)));
    types
        .keySet()
        .removeIf(name ->
            name.endsWith("_max")
                && OF_SEVERAL_SERIES.contains(
                    types.getOrDefault(name.replaceFirst("_max$", ""), "")));
    Map<String, String> shown = new TreeMap<>();
    types.forEach((name, type) -> shown.put(name, type + " " + labels(name)));
    return shown;
  }

  private static Set<String> labels(String name) {
    Set<String> labels = new TreeSet<>();
    scrape
        .lines()
        .map(SAMPLE::matcher)
        .filter(sample -> sample.matches() && sample.group(2) != null)
        .filter(sample -> sample.group(1).replaceFirst("_(count|sum)$", "").equals(name))
        .forEach(sample ->
            LABEL
                .matcher(sample.group(2))
                .results()
                .map(label -> label.group(1))
                .forEach(labels::add));
    labels.remove("quantile");
    return labels;
  }

  @Test
  void alertsAskOnlyForMetricsThatANodeShows() {
    assertFalse(rules.expressions().isEmpty());
    rules.expressions().forEach(expression -> requireShown(AlertRules.RULES, expression));
  }

  @Test
  void runbooksAndDocumentsNameOnlyMetricsThatANodeShows() {
    for (Path document : repository.filesEndingWith(".md")) {
      if (document.startsWith("docs")) {
        repository.lines(document).forEach(line -> requireShown(document, line));
      }
    }
  }

  @Test
  void dashboardsAskOnlyForMetricsThatANodeShowsAndExplainEachPanel() {
    List<Path> dashboards =
        repository.filesEndingWith(".json").stream()
            .filter(file -> file.startsWith(DASHBOARDS))
            .toList();
    assertFalse(dashboards.isEmpty());
    for (Path file : dashboards) {
      JsonObject dashboard =
          JsonParser.parseString(String.join("\n", repository.lines(file))).getAsJsonObject();
      requireShown(file, dashboard.toString());
      for (JsonElement panel : dashboard.getAsJsonArray("panels")) {
        if (!panel.getAsJsonObject().get("type").getAsString().equals("row")) {
          requireExplained(file, panel.getAsJsonObject());
        }
      }
    }
  }

  private static void requireExplained(Path file, JsonObject panel) {
    String title = file + ": " + panel.get("title");
    assertTrue(panel.get("description").getAsString().length() > 10, title);
    JsonObject defaults = panel.getAsJsonObject("fieldConfig").getAsJsonObject("defaults");
    assertFalse(defaults.get("unit").getAsString().isEmpty(), title);
    panel
        .getAsJsonArray("targets")
        .forEach(target -> {
          JsonObject query = target.getAsJsonObject();
          assertEquals(
              "${datasource}", query.getAsJsonObject("datasource").get("uid").getAsString(), title);
          assertTrue(query.get("expr").getAsString().contains("job=\"$job\""), title);
        });
  }

  /// Every metric in the text is in the scrape, or recorded by a rule.
  private void requireShown(Path where, String text) {
    List<String> unknown = new ArrayList<>();
    RECORDED
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .filter(name -> !rules.recorded().contains(name))
        .forEach(unknown::add);
    METRIC
        .matcher(RECORDED.matcher(text).replaceAll(""))
        .results()
        .map(MatchResult::group)
        .filter(name -> !SHOWN.contains(name) && !name.endsWith("_"))
        .forEach(unknown::add);
    assertTrue(
        unknown.isEmpty(), () -> where + " names what no node shows: " + unknown + " in " + text);
  }
}
