package io.vxmeta.chaos.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// A plan as YAML: read before a run, and written beside its report so that it can be run again.
final class PlanFile {
  /* Without `periods` they are made from `seed` and `minutes`; with them, they are done as they stand, which is how a run
   * is replayed even when the way schedules are made has changed since. */

  private static final Set<String> KEYS =
      Set.of(
          "seed",
          "minutes",
          "driver",
          "nodes",
          "data-groups",
          "faults",
          "workloads",
          "processes",
          "operations-per-second",
          "operations-least",
          "periods",
          "liveness-seconds",
          "seed-bug");
  private static final Set<String> PERIOD_KEYS = Set.of("seconds", "faults", "seed");
  private static final int FILE_BYTES_MAX = 1 << 20;

  private final Map<?, ?> document;
  private final Choices choices;

  private PlanFile(Map<?, ?> document, Choices choices) {
    this.document = document;
    this.choices = choices;
  }

  /// Turns what a user wrote (`all`, families, names) into names.
  interface Choices {
    List<String> faults(List<String> asked);

    List<String> workloads(List<String> asked);
  }

  /// Throws [PlanInvalid].
  static ChaosPlan read(Path file, Choices choices) {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new PlanInvalid("PLAN", "a file of at most 1 MiB", file.toString());
      }
      return parse(Files.readString(file), choices);
    } catch (IOException unreadable) {
      throw new PlanInvalid("PLAN", "a file that can be read, in UTF-8", unreadable.toString());
    }
  }

  static ChaosPlan parse(String text, Choices choices) {
    try {
      Object document =
          new Load(LoadSettings.builder().setLabel("plan").build()).loadFromString(text);
      return new PlanFile(map("PLAN", document, KEYS), choices).plan();
    } catch (YamlEngineException e) {
      throw new PlanInvalid(
          "PLAN", "valid YAML", String.valueOf(e.getMessage()).replace('\n', ' '));
    } catch (StackOverflowError tooDeep) {
      throw new PlanInvalid("PLAN", "lists within few lists", tooDeep.toString());
    }
  }

  private ChaosPlan plan() {
    long seed = number(document, "seed", 1);
    Driver driver = Driver.titled(text("driver", Driver.PROCESSES.title()));
    List<String> faults = choices.faults(strings(document, "faults", List.of("all")));
    Duration length = minutes(decimal("minutes", ChaosPlan.LENGTH_DEFAULT.toSeconds() / 60.0));
    ChaosPlan made =
        ChaosPlan.of(
            seed,
            driver,
            integer("nodes", ChaosPlan.NODES_DEFAULT),
            faults,
            choices.workloads(strings(document, "workloads", List.of("all"))),
            length,
            integer("processes", ChaosPlan.PROCESSES_DEFAULT),
            integer("operations-per-second", ChaosPlan.OPERATIONS_PER_SECOND_DEFAULT),
            number(document, "operations-least", 0));
    boolean fixed = document.containsKey("periods");
    List<Period> periods = fixed ? periods() : made.periods();
    return new ChaosPlan(
        seed,
        driver,
        made.nodes(),
        integer("data-groups", ChaosPlan.DATA_GROUPS_DEFAULT),
        fixed
            ? periods.stream().flatMap(period -> period.faults().stream()).distinct().toList()
            : made.faults(),
        made.workloads(),
        made.processes(),
        made.operationsPerSecond(),
        made.operationsLeast(),
        periods,
        fixed ? ChaosPlan.Origin.WRITTEN : ChaosPlan.Origin.SEED,
        seconds("liveness-seconds", decimal("liveness-seconds", made.liveness().toMillis() / 1e3)),
        Optional.ofNullable(document.get("seed-bug")).map(Object::toString));
  }

  private List<Period> periods() {
    List<Period> periods = new ArrayList<>();
    for (Object item : list(document, "periods")) {
      Map<?, ?> period = map("periods[]", item, PERIOD_KEYS);
      if (!(period.get("seconds") instanceof Number length)) {
        throw refused("periods[].seconds", "a number", period.get("seconds"));
      }
      periods.add(
          new Period(
              seconds("periods[].seconds", length.doubleValue()),
              choices.faults(strings(period, "faults", List.of())),
              number(period, "seed", periods.size())));
    }
    return periods;
  }

  static Duration minutes(double minutes) {
    return seconds("minutes", minutes * 60);
  }

  private static Duration seconds(String key, double seconds) {
    if (!(seconds > 0 && seconds <= ChaosPlan.LENGTH_MAX.toSeconds())) {
      throw new PlanInvalid(
          key, "more than none, and at most 24 hours", Double.toString(seconds) + " s");
    }
    return Duration.ofMillis(Math.max(1, Math.round(seconds * 1e3)));
  }

  private static Map<?, ?> map(String key, @Nullable Object value, Set<String> keys) {
    if (!(value instanceof Map<?, ?> map)) {
      throw refused(key, "keys and values", value);
    }
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!keys.contains(String.valueOf(entry.getKey()))) {
        throw refused(key, "only " + new TreeSet<>(keys), entry.getKey());
      }
      if (entry.getValue() == null) {
        throw new PlanInvalid(String.valueOf(entry.getKey()), "a value", "none");
      }
    }
    return map;
  }

  private static PlanInvalid refused(String key, String expected, @Nullable Object found) {
    return new PlanInvalid(key, expected, String.valueOf(found));
  }

  private int integer(String key, int otherwise) {
    long value = number(document, key, otherwise);
    if (value != (int) value) {
      throw refused(key, "a number that is not so far from 0", value);
    }
    return (int) value;
  }

  private static long number(Map<?, ?> map, String key, long otherwise) {
    Object value = map.get(key);
    return switch (value) {
      case null -> otherwise;
      case Integer number -> number;
      case Long number -> number;
      default -> throw refused(key, "a whole number", value);
    };
  }

  private double decimal(String key, double otherwise) {
    Object value = document.get(key);
    return switch (value) {
      case null -> otherwise;
      case Number number -> number.doubleValue();
      default -> throw refused(key, "a number", value);
    };
  }

  private String text(String key, String otherwise) {
    Object value = document.get(key);
    return value == null ? otherwise : value.toString();
  }

  private static List<?> list(Map<?, ?> map, String key) {
    Object value = map.get(key);
    if (value instanceof List<?> list) {
      return list;
    }
    throw refused(key, "a list", value);
  }

  private static List<String> strings(Map<?, ?> map, String key, List<String> otherwise) {
    return map.get(key) == null ? otherwise : list(map, key).stream().map(String::valueOf).toList();
  }

  /// The plan with its periods spelled out.
  static String text(ChaosPlan plan) {
    return """
    seed: %d
    driver: %s
    nodes: %d
    data-groups: %d
    workloads: [%s]
    processes: %d
    operations-per-second: %d
    operations-least: %d
    liveness-seconds: %s
    %speriods:
    %s\
    """
        .formatted(
            plan.seed(),
            plan.driver().title(),
            plan.nodes(),
            plan.dataGroups(),
            String.join(", ", plan.workloads()),
            plan.processes(),
            plan.operationsPerSecond(),
            plan.operationsLeast(),
            plan.liveness().toMillis() / 1e3,
            plan.seedBug().map("seed-bug: %s%n"::formatted).orElse(""),
            plan.periods().stream().map(PlanFile::text).collect(Collectors.joining()));
  }

  private static String text(Period period) {
    return "  - {seconds: %s, seed: %d, faults: [%s]}%n"
        .formatted(
            period.length().toMillis() / 1e3, period.seed(), String.join(", ", period.faults()));
  }
}
