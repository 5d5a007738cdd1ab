package io.vxmeta.chaos.check.linear;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Judges records with a time to live: none goes before its time by the log, none comes back, and
/// one without an end stays.
public final class Lifetimes {
  /* Threads: one. O(n log n). Reads are linearizable; each key has one writer, which writes nothing more after a write in
   * doubt, so that the newest acknowledged write at or before a revision is what a read at that revision must account for.
   * No clock is believed. A record seen with version v, expiry e and time to live t says that the log's time was e - t at v;
   *   the log's time never runs back. So a record whose end is at e, absent at revision r, went too early if any record of
   *   its group with a version of r or later shows a log's time below e.
   *   That is asked of keys alone that were in one group all the time: another group's log has another time, and its versions are no
   *   places in this one.
   * Keys with a write in doubt are held to what they show, not to what they lack: the write may have replaced and outlived
   *   what was there.
   */

  /// A record that stays has this time to live.
  public static final long FOREVER = 0;

  private static final long UNKNOWN = -1;

  /// What a read found; `expiresAtMs` is [#FOREVER] for a record that stays.
  public record Found(long value, long version, long expiresAtMs) {}

  /// One key of one answered read, at a revision of the key's group; positions are of the history.
  public record Read(
      long key, int group, long revision, long invoked, long finished, Optional<Found> found) {}

  private static final class Written {
    private final long ttlMs;
    private final long invoked;
    private long finished = RegisterOperation.NEVER;
    private long version = UNKNOWN;
    private long expiresAtMs = UNKNOWN;

    Written(long ttlMs, long invoked) {
      this.ttlMs = ttlMs;
      this.invoked = invoked;
    }

    boolean acknowledged() {
      return finished != RegisterOperation.NEVER;
    }
  }

  private final Map<Long, Map<Long, Written>> writes = new HashMap<>();
  private final List<Read> reads = new ArrayList<>();
  private final Map<Integer, NavigableMap<Long, Long>> logTimes = new HashMap<>();
  private final List<String> proofs = new ArrayList<>();
  private List<Long> events = List.of();
  private final TreeSet<Long> lost = new TreeSet<>();
  private final Map<Long, TreeSet<Integer>> groups = new HashMap<>();

  /// A value, written once for its key, with a time to live from the log's time on.
  public void attempted(long key, long value, long ttlMs, long invoked) {
    writes.computeIfAbsent(key, _ -> new HashMap<>()).put(value, new Written(ttlMs, invoked));
  }

  /// The write certainly did not happen.
  public void failed(long key, long value) {
    writes.getOrDefault(key, new HashMap<>()).remove(value);
  }

  /// The write certainly happened.
  ///
  /// @param group that took it
  public void acknowledged(long key, long value, int group, long version, long finished) {
    Written written = writes.getOrDefault(key, Map.of()).get(value);
    if (written == null) {
      throw new IllegalArgumentException(
          "expected an attempt before its acknowledgement: key=%d value=%d".formatted(key, value));
    }
    written.version = version;
    written.finished = finished;
    seenIn(key, group);
  }

  public void read(Read read) {
    reads.add(read);
    seenIn(read.key, read.group);
  }

  private void seenIn(long key, int group) {
    groups.computeIfAbsent(key, _ -> new TreeSet<>()).add(group);
  }

  /// Whether versions and reads of the key are places in one log.
  private boolean isOfOneLog(long key) {
    return groups.getOrDefault(key, new TreeSet<>()).size() == 1;
  }

  /// Keys whose record had no end and is gone; known after [#judge].
  public long lost() {
    return lost.size();
  }

  /// Needs at least one answer.
  public Verdict judge() {
    if (reads.isEmpty()) {
      return new Verdict.Undecided("expected at least one read; add a final read");
    }
    Map<Long, NavigableSet<Long>> absences = new HashMap<>();
    for (Read read : reads) {
      if (read.found.isPresent()) {
        learn(read, read.found.get());
      } else {
        absences.computeIfAbsent(read.key, _ -> new TreeSet<>()).add(read.revision);
      }
    }
    logTimes.forEach(this::requireTimeToRunOn);
    for (Read read : reads) {
      Optional<Written> newest = newest(read);
      requireFreshness(read);
      if (read.found.isPresent()) {
        requireNoReturn(read, read.found.get(), newest, absences.get(read.key));
      } else if (newest.isPresent() && !inDoubt(read.key)) {
        requireReasonToBeGone(read, newest.get());
      }
    }
    return proofs.isEmpty()
        ? new Verdict.Holds()
        : new Verdict.Broken(
            "%s; %d findings in all".formatted(proofs.getFirst(), proofs.size()),
            List.of(),
            events);
  }

  /// Of the first finding, which is the one that is told, the events are kept.
  private void find(String words, Long... at) {
    events = proofs.isEmpty() ? List.of(at) : events;
    proofs.add(words);
  }

  private void find(Read read, String words, Long... more) {
    find(
        words,
        Stream.concat(Stream.of(read.invoked, read.finished), Stream.of(more))
            .toArray(Long[]::new));
  }

  private void learn(Read read, Found found) {
    Written written = writes.getOrDefault(read.key, Map.of()).get(found.value);
    if (written == null || read.finished < written.invoked) {
      find(read, "made up: nobody wrote what %s".formatted(words(read)));
      return;
    }
    if (written.version == UNKNOWN) {
      written.version = found.version;
    } else if (written.version != found.version) {
      find(
          read,
          "two versions of one write: it was acknowledged or read as version %d, and %s"
              .formatted(written.version, words(read)));
    }
    if ((written.ttlMs == FOREVER) != (found.expiresAtMs == FOREVER)
        || (written.expiresAtMs != UNKNOWN && written.expiresAtMs != found.expiresAtMs)) {
      find(
          read,
          "another end: a record written with ttl_ms=%d was seen to end at %d, and %s"
              .formatted(written.ttlMs, written.expiresAtMs, words(read)));
    }
    written.expiresAtMs = found.expiresAtMs;
    // Where a write in doubt happened nobody knows.
    if (written.ttlMs != FOREVER && written.acknowledged() && isOfOneLog(read.key)) {
      logTimes
          .computeIfAbsent(read.group, _ -> new TreeMap<>())
          .put(found.version, found.expiresAtMs - written.ttlMs);
    }
  }

  private void requireTimeToRunOn(int group, NavigableMap<Long, Long> times) {
    long before = Long.MIN_VALUE;
    for (Map.Entry<Long, Long> time : times.entrySet()) {
      if (time.getValue() < before) {
        find(
            "the log's time ran back: group=%d from %d to %d at revision %d"
                .formatted(group, before, time.getValue(), time.getKey()));
      }
      before = time.getValue();
    }
  }

  /// The newest acknowledged write that a read at this revision must know.
  private Optional<Written> newest(Read read) {
    return writes.getOrDefault(read.key, Map.of()).values().stream()
        .filter(written -> written.acknowledged() && written.version <= read.revision)
        .max((one, other) -> Long.compare(one.version, other.version));
  }

  private boolean inDoubt(long key) {
    return writes.getOrDefault(key, Map.of()).values().stream()
        .anyMatch(written -> !written.acknowledged());
  }

  private void requireFreshness(Read read) {
    for (Written written : writes.getOrDefault(read.key, Map.of()).values()) {
      if (written.finished < read.invoked && written.version > read.revision) {
        find(
            read,
            "stale: version %d was acknowledged at %d, before the call, and %s"
                .formatted(written.version, written.finished, words(read)),
            written.finished);
      }
    }
  }

  private void requireNoReturn(
      Read read, Found found, Optional<Written> newest, @Nullable NavigableSet<Long> absences) {
    if (found.version > read.revision) {
      find(read, "a version after the answer's revision: %s".formatted(words(read)));
    }
    if (newest.isPresent() && newest.get().version > found.version) {
      find(
          read,
          "overwritten and back: version %d replaced it, and %s"
              .formatted(newest.get().version, words(read)),
          newest.get().finished);
    }
    Long gone = absences == null ? null : absences.ceiling(found.version);
    if (gone != null && gone <= read.revision) {
      find(
          read, "gone and back: it was absent at revision %d, and %s".formatted(gone, words(read)));
    }
  }

  private void requireReasonToBeGone(Read read, Written newest) {
    if (newest.ttlMs == FOREVER) {
      lost.add(read.key);
      find(
          read,
          "lost: version %d has no end, and %s".formatted(newest.version, words(read)),
          newest.finished);
      return;
    }
    if (!isOfOneLog(read.key)) {
      return;
    }
    OptionalLong end = earliestEnd(read.group, newest);
    Map.Entry<Long, Long> later = times(read.group).ceilingEntry(read.revision);
    if (end.isPresent() && later != null && later.getValue() < end.getAsLong()) {
      find(
          read,
          "gone too early: version %d ends at %d or later, the log's time is %d at revision %d, and %s"
              .formatted(
                  newest.version, end.getAsLong(), later.getValue(), later.getKey(), words(read)),
          newest.finished);
    }
  }

  private NavigableMap<Long, Long> times(int group) {
    return logTimes.getOrDefault(group, new TreeMap<>());
  }

  private OptionalLong earliestEnd(int group, Written written) {
    if (written.expiresAtMs != UNKNOWN) {
      return OptionalLong.of(written.expiresAtMs);
    }
    Map.Entry<Long, Long> earlier = times(group).floorEntry(written.version);
    return earlier == null
        ? OptionalLong.empty()
        : OptionalLong.of(earlier.getValue() + written.ttlMs);
  }

  private static String words(Read read) {
    return "the read of key %d at %d answered %s at revision %d of group %d"
        .formatted(
            read.key,
            read.invoked,
            read.found.map(Found::toString).orElse("absent"),
            read.revision,
            read.group);
  }
}
