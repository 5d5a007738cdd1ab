package io.vxmeta.chaos.check.linear;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Judges what one subscription to changes was sent, against the log of writes that is known in the
/// end: filtered, ordered, unique, atomic, resumable, complete.
public final class WatchStream {
  /* Threads: one. O(log + events).
   * A subscription is a chain of sessions. A session begins after a revision and is sent messages, each the changes of one
   * transaction or a mark that everything up to a revision was sent.
   * Claims, each with its name in the proof:
   *   filtered    no change of a key outside the subscription's prefix;
   *   ordered     within a session revisions rise, above the one it began after;
   *   unique      no transaction is sent twice, unless the subscriber went back and began a session before it;
   *   atomic      a message has all changes of its transaction that the prefix covers, with their values, and no others;
   *   resumable   a session begins no later than where the one before it ended: nothing falls between;
   *   complete    every transaction of the log after the first session's beginning, up to the revision known to be sent, that
   *               has changes the prefix covers, was sent.
   * A write in doubt may or may not be in the log; it is named by its changes, and counts once it is sent. */

  /// A key and its new value; empty when it was deleted.
  public record Change(String key, Optional<String> value) {}

  /// A transaction of the final log.
  public record Commit(long revision, List<Change> changes) {
    public Commit {
      changes = List.copyOf(changes);
    }
  }

  /// What a subscription hears.
  public sealed interface Message {}

  /// A session begins; what is at or before `after` is not sent.
  public record Began(long after) implements Message {}

  /// The changes of one transaction.
  public record Sent(long revision, List<Change> changes) implements Message {
    public Sent {
      changes = List.copyOf(changes);
    }
  }

  /// Everything up to here was sent.
  public record Reached(long revision) implements Message {}

  private final String prefix;
  private final NavigableMap<Long, List<Change>> log = new TreeMap<>();
  private final Set<List<Change>> inDoubt;
  private final Set<Long> sent = new HashSet<>();
  private final List<String> proofs = new ArrayList<>();
  private final List<Integer> offenders = new ArrayList<>();
  private long first = -1;
  private long last = -1;
  private long reached = -1;

  private WatchStream(String prefix, List<Commit> commits, List<List<Change>> inDoubt) {
    this.prefix = prefix;
    commits.forEach(commit -> log.put(commit.revision, covered(commit.changes)));
    this.inDoubt = new HashSet<>(inDoubt.stream().map(this::covered).toList());
  }

  /// Judges one subscription to the keys with this prefix. Offending operations are places in the
  /// list of messages.
  public static Verdict judge(
      String prefix, List<Commit> log, List<List<Change>> inDoubt, List<Message> messages) {
    if (messages.isEmpty() || !(messages.getFirst() instanceof Began)) {
      return new Verdict.Undecided(
          "expected a subscription that says first where it began; record its sessions");
    }
    WatchStream stream = new WatchStream(prefix, log, inDoubt);
    for (int place = 0; place < messages.size(); place++) {
      stream.hear(place, messages.get(place));
    }
    stream.requireComplete(messages.size() - 1);
    return stream.proofs.isEmpty()
        ? new Verdict.Holds()
        : new Verdict.Broken(String.join("; ", stream.proofs), stream.offenders);
  }

  private List<Change> covered(List<Change> changes) {
    return changes.stream().filter(change -> change.key.startsWith(prefix)).toList();
  }

  private void hear(int place, Message message) {
    switch (message) {
      case Began began -> begin(place, began.after);
      case Sent transaction -> receive(place, transaction);
      case Reached mark -> {
        if (mark.revision < last) {
          accuse(place, "ordered", "a mark at %d follows %d".formatted(mark.revision, last));
        }
        last = Math.max(last, mark.revision);
        reached = Math.max(reached, mark.revision);
      }
    }
  }

  private void begin(int place, long after) {
    if (first < 0) {
      first = after;
    } else if (after > last) {
      accuse(
          place,
          "resumable",
          "the session begins after %d, and the one before it had come to %d only"
              .formatted(after, last));
    }
    sent.removeIf(revision -> revision > after);
    last = after;
    reached = Math.max(reached, after);
  }

  private void receive(int place, Sent message) {
    long revision = message.revision;
    if (!sent.add(revision)) {
      accuse(place, "unique", "revision %d was sent before".formatted(revision));
    } else if (revision <= last) {
      accuse(place, "ordered", "revision %d follows %d".formatted(revision, last));
    }
    for (Change change : message.changes) {
      if (!change.key.startsWith(prefix)) {
        accuse(place, "filtered", "key %s has not the prefix %s".formatted(change.key, prefix));
      }
    }
    requireAtomic(place, message);
    last = Math.max(last, revision);
    reached = Math.max(reached, revision);
  }

  private void requireAtomic(int place, Sent message) {
    List<Change> changes = covered(message.changes);
    List<Change> expected = log.get(message.revision);
    if (expected == null ? !inDoubt.contains(changes) : !expected.equals(changes)) {
      accuse(
          place,
          "atomic",
          "revision %d came as %s, and is %s"
              .formatted(
                  message.revision, changes, Objects.requireNonNullElse(expected, List.of())));
    }
  }

  /// What was sent last, or a mark, says that everything before was sent.
  private void requireComplete(int place) {
    log.subMap(first, false, Math.max(first, reached), true)
        .forEach((revision, changes) -> {
          if (!changes.isEmpty() && !sent.contains(revision)) {
            accuse(
                place,
                "complete",
                "revision %d was not sent, though the stream came to %d: %s"
                    .formatted(revision, reached, changes));
          }
        });
  }

  private void accuse(int place, String claim, String what) {
    proofs.add("not %s: message %d: %s".formatted(claim, place, what));
    offenders.add(place);
  }
}
