package io.vxmeta.chaos.check.txn;

import java.util.List;
import java.util.Map;

/// Names the weakest isolation levels that a set of anomalies rules out.
final class Violated {
  /* The hierarchy is a lattice; `STRENGTH` is a rank that agrees with it, so the levels of least rank are the weakest. */

  private static final Map<String, String> LEVEL =
      Map.ofEntries(
          Map.entry("duplicate-elements", "read-uncommitted"),
          Map.entry("garbage-read", "read-uncommitted"),
          Map.entry("cyclic-versions", "read-uncommitted"),
          Map.entry("cyclic-versions-process", "consistent-view"),
          Map.entry("cyclic-versions-realtime", "consistent-view"),
          Map.entry("G0", "read-uncommitted"),
          Map.entry("G1a", "read-committed"),
          Map.entry("G1b", "read-committed"),
          Map.entry("G1c", "read-committed"),
          Map.entry("dirty-update", "read-committed"),
          Map.entry("incompatible-order", "read-committed"),
          Map.entry("future-read", "read-committed"),
          Map.entry("internal", "read-atomic"),
          Map.entry("lost-update", "cursor-stability"),
          Map.entry("G-single-item", "consistent-view"),
          Map.entry("G-nonadjacent-item", "snapshot-isolation"),
          Map.entry("G2-item", "repeatable-read"));

  private static final List<String> STRENGTH =
      List.of(
          "read-uncommitted",
          "read-committed",
          "read-atomic",
          "cursor-stability",
          "consistent-view",
          "snapshot-isolation",
          "repeatable-read");

  private Violated() {}

  static List<String> weakest(List<Anomaly> anomalies) {
    int least = anomalies.stream().mapToInt(anomaly -> rank(anomaly.name())).min().orElse(0);
    return anomalies.stream()
        .map(Anomaly::name)
        .filter(name -> rank(name) == least)
        .map(Violated::level)
        .distinct()
        .sorted()
        .toList();
  }

  private static int rank(String name) {
    int plain = STRENGTH.indexOf(weakest(name));
    return plain + (plain(name).equals(name) ? 0 : STRENGTH.size());
  }

  private static String weakest(String name) {
    return LEVEL.getOrDefault(name, LEVEL.getOrDefault(plain(name), "repeatable-read"));
  }

  private static String level(String name) {
    String level = weakest(name);
    if (plain(name).equals(name)) {
      return level;
    }
    String ordered =
        switch (level) {
          case "consistent-view" -> "snapshot-isolation";
          case "repeatable-read" -> "serializable";
          default -> level;
        };
    return (name.endsWith("-process") ? "strong-session-" : "strong-") + ordered;
  }

  private static String plain(String name) {
    return name.replaceAll("-(process|realtime)$", "");
  }
}
