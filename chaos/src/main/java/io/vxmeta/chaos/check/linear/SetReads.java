package io.vxmeta.chaos.check.linear;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Judges a set that only grows: what was acknowledged is in every later read, once.
public final class SetReads {
  /* Threads: none shared. O(reads x elements). An element is certainly there from the earliest answer that proves it: its own
   * acknowledgement, or a read that returned it. A read invoked after that must return it. It is lost when the last read
   * misses it too, and the earlier read stale otherwise. */

  /// Offenders named in one proof; the rest are counted.
  static final int NAMED_MAX = 10;

  /// One element added; `finished` is [RegisterOperation#NEVER] when the outcome is unknown.
  public record Added(long element, long invoked, long finished) {
    public Added {
      requireOrder(invoked, finished);
    }
  }

  /// One answered read of the whole set.
  public record Read(List<Long> elements, long invoked, long finished) {
    public Read {
      requireOrder(invoked, finished);
      elements = List.copyOf(elements);
    }

    private Proof proves(String words, long event) {
      return new Proof(words, List.of(event, invoked, finished));
    }
  }

  private record Proof(String words, List<Long> events) {}

  private SetReads() {}

  /// Needs at least one read; offending operations are places in the list of reads.
  public static Verdict judge(List<Added> added, List<Read> reads) {
    if (reads.isEmpty()) {
      return new Verdict.Undecided("expected at least one read of the set; add a final read");
    }
    Map<Long, Added> sources = new HashMap<>();
    for (Added one : added) {
      if (sources.put(one.element, one) != null) {
        return new Verdict.Undecided(
            "expected elements that are added once: element=%d; draw unique elements"
                .formatted(one.element));
      }
    }
    List<Proof> proofs = new ArrayList<>();
    Set<Integer> offenders = new HashSet<>();
    Map<Long, Long> provenAt = new HashMap<>();
    added.forEach(one -> prove(provenAt, one.element, one.finished));
    for (int place = 0; place < reads.size(); place++) {
      for (Proof proof : contents(reads.get(place), place, sources)) {
        proofs.add(proof);
        offenders.add(place);
      }
      long finished = reads.get(place).finished;
      reads.get(place).elements.forEach(element -> prove(provenAt, element, finished));
    }
    Set<Long> inTheEnd = new HashSet<>(reads.get(lastInvoked(reads)).elements);
    for (int place = 0; place < reads.size(); place++) {
      for (Proof proof : missing(reads.get(place), place, inTheEnd, provenAt)) {
        proofs.add(proof);
        offenders.add(place);
      }
    }
    return verdict(proofs, offenders);
  }

  private static void prove(Map<Long, Long> provenAt, long element, long finished) {
    provenAt.merge(element, finished, Math::min);
  }

  private static int lastInvoked(List<Read> reads) {
    int last = 0;
    for (int place = 1; place < reads.size(); place++) {
      if (reads.get(place).invoked >= reads.get(last).invoked) {
        last = place;
      }
    }
    return last;
  }

  private static List<Proof> contents(Read read, int place, Map<Long, Added> sources) {
    List<Proof> proofs = new ArrayList<>();
    Set<Long> once = new HashSet<>();
    for (long element : read.elements) {
      Added source = sources.get(element);
      if (!once.add(element)) {
        String words = "duplicate: read %d returned element %d twice".formatted(place, element);
        proofs.add(read.proves(words, read.finished));
      } else if (source == null) {
        String words = "unexpected: nobody added element %d of read %d".formatted(element, place);
        proofs.add(read.proves(words, read.finished));
      } else if (read.finished < source.invoked) {
        String words =
            "unexpected: read %d returned element %d at %d, before it was added at %d"
                .formatted(place, element, read.finished, source.invoked);
        proofs.add(read.proves(words, source.invoked));
      }
    }
    return proofs;
  }

  private static List<Proof> missing(
      Read read, int place, Set<Long> inTheEnd, Map<Long, Long> provenAt) {
    Set<Long> present = new HashSet<>(read.elements);
    List<Proof> proofs = new ArrayList<>();
    provenAt.forEach((element, proven) -> {
      if (proven < read.invoked && !present.contains(element)) {
        String words =
            "%s: element %d was there at %d, read %d began at %d and misses it"
                .formatted(
                    inTheEnd.contains(element) ? "stale" : "lost",
                    element,
                    proven,
                    place,
                    read.invoked);
        proofs.add(read.proves(words, proven));
      }
    });
    proofs.sort(Comparator.comparing(Proof::words));
    return proofs;
  }

  private static Verdict verdict(List<Proof> proofs, Set<Integer> offenders) {
    if (proofs.isEmpty()) {
      return new Verdict.Holds();
    }
    List<Proof> named = proofs.subList(0, Math.min(NAMED_MAX, proofs.size()));
    int unnamed = proofs.size() - named.size();
    String rest = unnamed > 0 ? "; and %d more".formatted(unnamed) : "";
    return new Verdict.Broken(
        named.stream().map(Proof::words).collect(Collectors.joining("; ")) + rest,
        offenders.stream().sorted().toList(),
        named.stream().flatMap(proof -> proof.events.stream()).toList());
  }

  private static void requireOrder(long invoked, long finished) {
    if (finished < invoked) {
      throw new IllegalArgumentException(
          "expected invoked <= finished: invoked=%d finished=%d; mend the reader of the history"
              .formatted(invoked, finished));
    }
  }
}
