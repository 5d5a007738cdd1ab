package io.vxmeta.chaos.check.txn;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// An isolation level, by what it forbids.
public enum Model {
  READ_UNCOMMITTED("read-uncommitted", Level.READ_UNCOMMITTED, 0),
  READ_COMMITTED("read-committed", Level.READ_COMMITTED, 0),
  SNAPSHOT_ISOLATION("snapshot-isolation", Level.SNAPSHOT, 0),
  REPEATABLE_READ("repeatable-read", Level.REPEATABLE, 0),
  SERIALIZABLE("serializable", Level.SERIALIZABLE, 0),
  STRONG_SESSION_READ_UNCOMMITTED(
      "strong-session-read-uncommitted", Level.READ_UNCOMMITTED, Label.PROCESS),
  STRONG_SESSION_READ_COMMITTED(
      "strong-session-read-committed", Level.READ_COMMITTED, Label.PROCESS),
  STRONG_SESSION_SNAPSHOT_ISOLATION(
      "strong-session-snapshot-isolation", Level.SNAPSHOT, Label.PROCESS),
  STRONG_SESSION_REPEATABLE_READ("strong-session-repeatable-read", Level.REPEATABLE, Label.PROCESS),
  STRONG_SESSION_SERIALIZABLE("strong-session-serializable", Level.SERIALIZABLE, Label.PROCESS),
  STRONG_READ_UNCOMMITTED("strong-read-uncommitted", Level.READ_UNCOMMITTED, Label.REALTIME),
  STRONG_READ_COMMITTED("strong-read-committed", Level.READ_COMMITTED, Label.REALTIME),
  STRONG_SNAPSHOT_ISOLATION("strong-snapshot-isolation", Level.SNAPSHOT, Label.REALTIME),
  STRONG_REPEATABLE_READ("strong-repeatable-read", Level.REPEATABLE, Label.REALTIME),
  STRICT_SERIALIZABLE("strict-serializable", Level.SERIALIZABLE, Label.REALTIME);

  /// Which cycles are forbidden, from few to many.
  enum Level {
    READ_UNCOMMITTED,
    READ_COMMITTED,
    SNAPSHOT,
    REPEATABLE,
    SERIALIZABLE
  }

  private static final Set<String> DIRTY =
      Set.of("G1a", "G1b", "dirty-update", "incompatible-order", "future-read");
  private static final Set<String> ALWAYS =
      Set.of(
          "duplicate-elements",
          "garbage-read",
          VersionSource.CYCLIC,
          VersionSource.CYCLIC + "-process",
          VersionSource.CYCLIC + "-realtime");

  private final String title;
  private final Level level;
  private final int order;

  Model(String title, Level level, int order) {
    this.title = title;
    this.level = level;
    this.order = order;
  }

  /// The name used on the command line and in judged histories.
  public String title() {
    return title;
  }

  public static Optional<Model> titled(String title) {
    return Arrays.stream(values()).filter(model -> model.title.equals(title)).findFirst();
  }

  Level level() {
    return level;
  }

  /// The label of the order a client may rely on besides the data: process, real time or none (0).
  int order() {
    return order;
  }

  /// What every history this model allows says of the order of a register's versions, each with the
  /// name of the finding when the answers contradict it. Only what trying every order has
  /// confirmed.
  Map<VersionSource, String> guarantees() {
    Map<VersionSource, String> sources = new EnumMap<>(VersionSource.class);
    if (level.compareTo(Level.SNAPSHOT) >= 0) {
      sources.put(VersionSource.WRITES_FOLLOW_READS, VersionSource.CYCLIC);
    }
    if (this == STRONG_SESSION_SERIALIZABLE) {
      sources.put(VersionSource.PROCESS, VersionSource.CYCLIC + "-process");
    }
    if (this == STRICT_SERIALIZABLE) {
      sources.put(VersionSource.WRITES_IN_REAL_TIME, VersionSource.CYCLIC + "-realtime");
      sources.put(VersionSource.REAL_TIME, VersionSource.CYCLIC + "-realtime");
    }
    return sources;
  }

  /// Whether a finding that is not a cycle breaks this model. Cycles are only searched for where
  /// they are forbidden.
  boolean forbids(String finding) {
    if (ALWAYS.contains(finding)) {
      return true;
    }
    if (DIRTY.contains(finding)) {
      return level.compareTo(Level.READ_COMMITTED) >= 0;
    }
    if (finding.equals("internal")) {
      return level == Level.SNAPSHOT || level == Level.SERIALIZABLE;
    }
    return level.compareTo(Level.SNAPSHOT) >= 0;
  }
}
