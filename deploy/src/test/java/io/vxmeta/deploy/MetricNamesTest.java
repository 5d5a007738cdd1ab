package io.vxmeta.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.lang.ref.WeakReference;
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

  /// Some kernels do not say.
  private static final String UNTOLD = "vx_meta_huge_page_bytes ";

  /// Those whose maximum is a part of them.
  private static final Set<String> OF_SEVERAL_SERIES = Set.of("summary", "histogram");

  /// On no dashboard: what is there says the same, or nobody acts on it.
  private static final Set<String> NOT_DRAWN =
      Set.of(
          "process_uptime_seconds",
          "vx_meta_commit_index",
          "vx_meta_mapped_bytes",
          "vx_meta_revision",
          "vx_meta_scrubbed_tables_total",
          "vx_meta_trace_spans_total");

  /// Grafana's.
  private static final int COLUMNS = 24;

  private static String scrape = "";
  private static final Set<String> SHOWN = new HashSet<>();

  private final Repository repository = Repository.here();
  private final AlertRules rules = AlertRules.of(repository);

  @BeforeAll
  static void scrape(@TempDir Path directory) throws Exception {
    try (ScrapedNode node = ScrapedNode.start(directory)) {
      collectGarbage();
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

  /// What a meter asks and nobody holds is gone then.
  private static void collectGarbage() {
    WeakReference<Object> nobodys = new WeakReference<>(new Object());
    do {
      System.gc();
    } while (nobodys.get() != null);
  }

  @Test
  void everyMetricIsANumberAfterAGarbageCollection() {
    List<String> lost =
        scrape
            .lines()
            .filter(line -> METRIC.matcher(line).lookingAt() && line.endsWith(" NaN"))
            .filter(line -> !line.startsWith(UNTOLD))
            .toList();
    assertEquals(List.of(), lost);
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
    dashboards()
        .forEach((file, dashboard) -> {
          requireShown(file, dashboard.toString());
          for (JsonElement panel : dashboard.getAsJsonArray("panels")) {
            if (!panel.getAsJsonObject().get("type").getAsString().equals("row")) {
              requireExplained(file, panel.getAsJsonObject());
            }
          }
        });
  }

  private Map<Path, JsonObject> dashboards() {
    Map<Path, JsonObject> dashboards = new TreeMap<>();
    for (Path file : repository.filesEndingWith(".json")) {
      if (file.startsWith(DASHBOARDS)) {
        String text = String.join("\n", repository.lines(file));
        dashboards.put(file, JsonParser.parseString(text).getAsJsonObject());
      }
    }
    assertFalse(dashboards.isEmpty());
    return dashboards;
  }

  @Test
  void everyMetricIsOnADashboardButThoseThatNeedNone() {
    String drawn = dashboards().values().toString();
    Set<String> missing = new TreeSet<>(shown().keySet());
    missing.removeIf(name ->
        Pattern.compile("\\b" + name + "(_bucket|_count|_sum|_max)?\\b").matcher(drawn).find());
    assertEquals(new TreeSet<>(NOT_DRAWN), missing);
  }

  @Test
  void panelsHaveNumbersAndPlacesOfTheirOwn() {
    dashboards()
        .forEach((file, dashboard) -> {
          Set<Integer> numbers = new HashSet<>();
          Set<List<Integer>> taken = new HashSet<>();
          for (JsonElement each : dashboard.getAsJsonArray("panels")) {
            JsonObject panel = each.getAsJsonObject();
            String title = file + ": " + panel.get("title");
            assertTrue(numbers.add(panel.get("id").getAsInt()), title);
            for (List<Integer> cell : cells(panel.getAsJsonObject("gridPos"))) {
              assertTrue(cell.getFirst() < COLUMNS && taken.add(cell), title);
            }
          }
        });
  }

  /// Column and line of each.
  private static List<List<Integer>> cells(JsonObject place) {
    int left = place.get("x").getAsInt();
    int top = place.get("y").getAsInt();
    List<List<Integer>> cells = new ArrayList<>();
    for (int x = left; x < left + place.get("w").getAsInt(); x++) {
      for (int y = top; y < top + place.get("h").getAsInt(); y++) {
        cells.add(List.of(x, y));
      }
    }
    return cells;
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
