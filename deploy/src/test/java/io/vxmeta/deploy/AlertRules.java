package io.vxmeta.deploy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The rules for Prometheus that come with vx-meta, and the tests that promtool runs on them.
record AlertRules(List<Alert> alerts, List<String> recorded, List<String> expressions) {
  static final Path FOLDER = Path.of("deploy/prometheus");
  static final Path RULES = FOLDER.resolve("vx-meta.rules.yml");
  static final Path TESTS = FOLDER.resolve("vx-meta.rules.test.yml");
  static final Path RUNBOOKS = Path.of("docs/runbooks");

  record Alert(String name, Map<?, ?> labels, Map<?, ?> annotations) {
    String annotation(String key) {
      return String.valueOf(annotations.get(key));
    }
  }

  /// What a test of promtool expects of one alert at one time.
  ///
  /// @param firing how many series
  record Expected(String alert, int firing) {}

  static AlertRules of(Repository repository) {
    List<Alert> alerts = new ArrayList<>();
    List<String> recorded = new ArrayList<>();
    List<String> expressions = new ArrayList<>();
    for (Map<?, ?> group : maps(yaml(repository, RULES).get("groups"))) {
      for (Map<?, ?> rule : maps(group.get("rules"))) {
        expressions.add(String.valueOf(rule.get("expr")));
        if (rule.containsKey("alert")) {
          alerts.add(
              new Alert(
                  String.valueOf(rule.get("alert")),
                  map(rule.get("labels")),
                  map(rule.get("annotations"))));
        } else {
          recorded.add(String.valueOf(rule.get("record")));
        }
      }
    }
    return new AlertRules(alerts, recorded, expressions);
  }

  /// The expectations `ALERTS{alertname="X", alertstate="firing"}` of all tests.
  static List<Expected> expected(Repository repository) {
    List<Expected> all = new ArrayList<>();
    for (Map<?, ?> test : maps(yaml(repository, TESTS).get("tests"))) {
      for (Map<?, ?> check : maps(test.get("promql_expr_test"))) {
        String[] words = String.valueOf(check.get("expr")).split("\"", -1);
        if (words[0].equals("ALERTS{alertname=")) {
          all.add(new Expected(words[1], maps(check.get("exp_samples")).size()));
        }
      }
    }
    return all;
  }

  private static Map<?, ?> yaml(Repository repository, Path file) {
    String text = String.join("\n", repository.lines(file));
    return map(new Load(LoadSettings.builder().build()).loadFromString(text));
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  private static List<Map<?, ?>> maps(@Nullable Object value) {
    List<Map<?, ?>> maps = new ArrayList<>();
    if (value instanceof List<?> list) {
      list.forEach(each -> maps.add(map(each)));
    }
    return maps;
  }
}
