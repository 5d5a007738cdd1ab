package io.vxmeta.chaos.check.linear;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Judges reads of several keys at every consistency level: each answer is the exact state of the
/// revision it reports, and that revision is as new as the level promises.
public final class FreshReads {
  /* Threads: one. O(n log n). Values are written once.
   * State of a revision: a key's version is the newest known write at or before it. Known are acknowledged writes and those
   *   that some answer showed; a write in doubt counts from the revision it was shown with.
   * Freshness: only acknowledged writes oblige, by their acknowledgement's position (linearizable) or time (bounds); and what
   *   an earlier linearizable read has shown, a later one shows as well. Of a group as a whole, and of each key wherever it is:
   *   a key's revisions never fall when its shard moves. */

  /// A revision of a shard group at one moment of the history.
  public record Point(int group, long revision, long position, long nanos) {}

  /// What a key was found to hold; version 0 and no value when it was absent.
  public record Found(long key, OptionalLong value, long version) {}

  /// What a read may rely on.
  public sealed interface Promise {}

  /// Every write acknowledged before it began.
  public record Everything() implements Promise {}

  /// At least this revision.
  public record AtLeast(long revision) implements Promise {}

  /// Every write acknowledged longer ago than this before it began.
  public record Within(Duration staleness) implements Promise {}

  /// Nothing but one state.
  public record Whatever() implements Promise {}

  /// One answer. `asked` has the revision of the answer and the moment of the call; `stalenessMs`
  /// is what the answer says of its own age.
  public record Read(
      Point asked, long finished, Promise promise, OptionalLong stalenessMs, List<Found> found) {
    public Read {
      found = List.copyOf(found);
    }
  }

  private record Attempt(long key, long invoked) {}

  private record Written(long key, long value, Point at) {}

  private final Map<Long, Attempt> attempts = new HashMap<>();
  private final Set<Long> acknowledgedValues = new HashSet<>();
  private final List<Written> acknowledged = new ArrayList<>();
  private final List<Read> reads = new ArrayList<>();
  private final Map<Long, NavigableMap<Long, Long>> versions = new HashMap<>();
  private final List<String> proofs = new ArrayList<>();
  private List<Long> events = List.of();

  /// Who says something, and at which positions of the history.
  private record Source(String words, List<Long> events) {
    static Source of(Read read) {
      return new Source(FreshReads.words(read), List.of(read.asked.position, read.finished));
    }
  }

  /// A value is written by a call that goes out now.
  public void attempted(long key, long value, long invoked) {
    attempts.put(value, new Attempt(key, invoked));
  }

  /// The write certainly did not happen.
  public void failed(long key, long value) {
    attempts.remove(value);
  }

  public void acknowledged(long key, long value, Point at) {
    acknowledgedValues.add(value);
    acknowledged.add(new Written(key, value, at));
  }

  public void read(Read read) {
    reads.add(read);
  }

  /// Needs at least one answer.
  public Verdict judge() {
    if (reads.isEmpty()) {
      return new Verdict.Undecided("expected at least one read; add a final read");
    }
    for (Written write : acknowledged) {
      Source source = new Source("the acknowledgement", List.of(write.at.position));
      learn(write.key, write.at.revision, write.value, source);
    }
    reads.forEach(this::learnFromRead);
    if (proofs.isEmpty()) {
      reads.forEach(this::compareWithState);
      reads.forEach(read -> requireFreshness(read, groups()));
    }
    return proofs.isEmpty()
        ? new Verdict.Holds()
        : new Verdict.Broken(
            "%s; %d findings in all".formatted(proofs.getFirst(), proofs.size()),
            List.of(),
            events);
  }

  private NavigableMap<Long, Long> versions(long key) {
    return versions.computeIfAbsent(key, _ -> new TreeMap<>());
  }

  /// Of the first finding, which is the one that is told, the events are kept.
  private void find(String words, Source source) {
    events = proofs.isEmpty() ? source.events : events;
    proofs.add(words);
  }

  private void learn(long key, long version, long value, Source source) {
    Long other = versions(key).putIfAbsent(version, value);
    if (other != null && other != value) {
      find(
          "key %d has two values at version %d: %d, and %d by %s"
              .formatted(key, version, other, value, source.words),
          source);
    }
  }

  private void learnFromRead(Read read) {
    for (Found found : read.found) {
      if (found.value.isEmpty()) {
        continue;
      }
      long value = found.value.getAsLong();
      Attempt attempt = attempts.get(value);
      if (attempt == null || attempt.key != found.key || attempt.invoked > read.finished) {
        find(
            "%s found %d under key %d, which nobody had written there"
                .formatted(words(read), value, found.key),
            Source.of(read));
      } else if (acknowledgedValues.contains(value)
          && !Long.valueOf(value).equals(versions(found.key).get(found.version))) {
        find(
            "%s found %d under key %d with version %d, which is not the revision its write was acknowledged with"
                .formatted(words(read), value, found.key, found.version),
            Source.of(read));
      } else {
        learn(found.key, found.version, value, Source.of(read));
      }
    }
  }

  private static String words(Read read) {
    return "the read from %d to %d at revision %d of group %d (%s)"
        .formatted(
            read.asked.position,
            read.finished,
            read.asked.revision,
            read.asked.group,
            read.promise);
  }

  private void compareWithState(Read read) {
    for (Found found : read.found) {
      Map.Entry<Long, Long> newest = versions(found.key).floorEntry(read.asked.revision);
      long expected = newest == null ? 0 : newest.getKey();
      if (expected != found.version || (found.version == 0) != found.value.isEmpty()) {
        find(
            "%s found version %d of key %d, whose newest write up to that revision is version %d"
                .formatted(words(read), found.version, found.key, expected),
            Source.of(read));
      }
    }
  }

  /// What acknowledgements and linearizable answers oblige later reads of a group to.
  private static final class Duties {
    private final NavigableMap<Long, Long> byPosition = new TreeMap<>();
    private final NavigableMap<Long, Long> byNanos = new TreeMap<>();
  }

  private Map<Integer, Duties> duties = Map.of();
  private final Map<Long, Duties> dutiesOfKeys = new HashMap<>();

  private Map<Integer, Duties> groups() {
    if (duties.isEmpty()) {
      Map<Integer, Duties> all = new HashMap<>();
      for (Written write : acknowledged) {
        oblige(all.computeIfAbsent(write.at.group, _ -> new Duties()), write);
        oblige(dutiesOfKeys.computeIfAbsent(write.key, _ -> new Duties()), write);
      }
      for (Read read : reads) {
        if (read.promise instanceof Everything) {
          all.computeIfAbsent(read.asked.group, _ -> new Duties())
              .byPosition
              .merge(read.finished, read.asked.revision, Math::max);
        }
      }
      all.values().forEach(FreshReads::accumulate);
      dutiesOfKeys.values().forEach(FreshReads::accumulate);
      duties = all;
    }
    return duties;
  }

  private static void oblige(Duties duties, Written write) {
    duties.byPosition.merge(write.at.position, write.at.revision, Math::max);
    duties.byNanos.merge(write.at.nanos, write.at.revision, Math::max);
  }

  private static void accumulate(Duties duties) {
    accumulate(duties.byPosition);
    accumulate(duties.byNanos);
  }

  private static void accumulate(NavigableMap<Long, Long> revisions) {
    long highest = 0;
    for (Map.Entry<Long, Long> each : revisions.entrySet()) {
      highest = Math.max(highest, each.getValue());
      each.setValue(highest);
    }
  }

  private void requireFreshness(Read read, Map<Integer, Duties> groups) {
    if (read.promise instanceof AtLeast token) {
      require(read, token.revision, "is the token");
    }
    if (read.promise instanceof Within bound
        && read.stalenessMs.isPresent()
        && read.stalenessMs.getAsLong() > bound.staleness.toMillis()) {
      find(
          words(read) + " says that it may be " + read.stalenessMs.getAsLong() + " ms old",
          Source.of(read));
    }
    requireAcknowledged(read, groups.getOrDefault(read.asked.group, new Duties()));
    for (Found found : read.found) {
      requireAcknowledged(read, dutiesOfKeys.getOrDefault(found.key, new Duties()));
    }
  }

  private void requireAcknowledged(Read read, Duties due) {
    switch (read.promise) {
      case Everything _ ->
          require(read, before(due.byPosition, read.asked.position), "was acknowledged before");
      case Within bound ->
          require(
              read,
              before(due.byNanos, read.asked.nanos - bound.staleness.toNanos()),
              "was acknowledged earlier than the bound allows to miss");
      case AtLeast _, Whatever _ -> {
        // Any age will do.
      }
    }
    if (read.stalenessMs.isPresent()) {
      long age = Duration.ofMillis(read.stalenessMs.getAsLong()).toNanos();
      require(
          read,
          before(due.byNanos, read.asked.nanos - age),
          "was acknowledged longer ago than the answer says it may be old: staleness_ms="
              + read.stalenessMs.getAsLong());
    }
  }

  private static long before(NavigableMap<Long, Long> revisions, long moment) {
    Map.Entry<Long, Long> last = revisions.lowerEntry(moment);
    return last == null ? 0 : last.getValue();
  }

  private void require(Read read, long revision, String why) {
    if (read.asked.revision < revision) {
      find("%s is too old: revision %d %s".formatted(words(read), revision, why), Source.of(read));
    }
  }

  /// Keys whose newest acknowledged write the linearizable read that began last lacks.
  public long lost() {
    Map<Long, Read> last = new HashMap<>();
    for (Read read : reads) {
      for (Found found : read.found) {
        if (read.promise instanceof Everything) {
          last.merge(
              found.key,
              read,
              (one, other) -> other.asked.position > one.asked.position ? other : one);
        }
      }
    }
    Map<Long, Written> newest = new HashMap<>();
    for (Written write : acknowledged) {
      newest.merge(
          write.key, write, (one, other) -> other.at.revision > one.at.revision ? other : one);
    }
    return newest.values().stream().filter(write -> lacks(last.get(write.key), write)).count();
  }

  private static boolean lacks(@Nullable Read read, Written write) {
    return read != null
        && read.asked.position > write.at.position
        && read.found.stream()
            .filter(found -> found.key == write.key)
            .anyMatch(found -> found.version < write.at.revision);
  }
}
