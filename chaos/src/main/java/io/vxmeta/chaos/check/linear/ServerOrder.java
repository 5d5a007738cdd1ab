package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.ABSENT;
import static io.vxmeta.chaos.check.linear.RegisterOperation.ACCEPTED;
import static io.vxmeta.chaos.check.linear.RegisterOperation.NOT_REPORTED;

import io.vxmeta.chaos.check.linear.RegisterOperation.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Replays the order that the server itself reports and compares every answer with it, then with
/// real time.
///
/// Linear after a sort. What holds here is linearizable; what is broken contradicts the revisions
/// that were reported, even where some other order would explain the values.
public final class ServerOrder {
  /* Threads: none shared; one instance judges one history of one shard group, or of one key that was in several.
   * Order: by revision, a write before the answers given after it, those by their invocation.
   * Unanswered writes have no revision. One takes its place when an answer can only be explained by it, and as late as that
   *   answer allows: it has no end, so a later place never contradicts real time where an earlier one does not. Where two
   *   could explain an answer the history is undecided, not guessed.
   */

  private static final int PLACE_BITS = 24;

  /// Revision, kind and place share one long.
  static final long REVISION_MAX = (1L << (62 - PLACE_BITS)) - 1;

  private final RegisterHistory history;
  private final Map<Integer, Register> registers = new HashMap<>();
  private final int[] order;
  private int ordered;

  private ServerOrder(RegisterHistory history) {
    this.history = history;
    this.order = new int[history.size()];
  }

  /// Judges one shard group's history; an empty one is undecided.
  public static Verdict judge(RegisterHistory history) {
    if (history.size() == 0) {
      return new Verdict.Undecided("expected at least one operation; the history is empty");
    }
    ServerOrder order = new ServerOrder(history);
    try {
      order.replay(order.byRevision());
      order.sweepRealTime();
      return new Verdict.Holds();
    } catch (Decided decided) {
      return decided.verdict();
    }
  }

  private int[] byRevision() throws Decided {
    long[] ranks = new long[history.size()];
    int count = 0;
    for (int place = 0; place < history.size(); place++) {
      if (!history.answered(place)) {
        rememberUnanswered(place);
        continue;
      }
      long revision = history.revision(place);
      if (revision == NOT_REPORTED || revision > REVISION_MAX) {
        throw undecided(
            "expected a revision from 0 to %d with every answer: %s; record it, or judge by zones"
                .formatted(REVISION_MAX, history.words(place)));
      }
      long rank = 2 * revision + (history.wrote(place) ? 0 : 1);
      ranks[count++] = rank << PLACE_BITS | place;
    }
    Arrays.sort(ranks, 0, count);
    if (count == 0) {
      throw undecided("expected at least one answer; the history has none");
    }
    int[] places = new int[count];
    for (int i = 0; i < count; i++) {
      places[i] = (int) (ranks[i] & ((1 << PLACE_BITS) - 1));
    }
    return places;
  }

  private void rememberUnanswered(int place) {
    if (history.mayHaveWritten(place)) {
      register(history.key(place)).unanswered.add(place);
    }
  }

  private Register register(int key) {
    return registers.computeIfAbsent(key, _ -> new Register());
  }

  private void replay(int[] places) throws Decided {
    for (int place : places) {
      Register register = register(history.key(place));
      switch (history.kind(place)) {
        case WRITE -> write(register, place);
        case READ -> read(register, place);
        case COMPARE_AND_SET -> {
          if (history.result(place) == ACCEPTED) {
            explain(register, history.expected(place), NOT_REPORTED, place);
            write(register, place);
          } else {
            refuse(register, place);
          }
        }
      }
      order[ordered++] = place;
    }
  }

  private void write(Register register, int place) throws Decided {
    long revision = history.revision(place);
    if (register.revision >= revision) {
      throw broken(
          "%s has no revision of its own: the key was last written at revision %d, by %s."
              .formatted(history.words(place), register.revision, writer(register)),
          register,
          place);
    }
    register.value = history.argument(place);
    register.revision = revision;
    register.version = revision;
    register.writer = place;
  }

  private void read(Register register, int place) throws Decided {
    long version = history.version(place);
    if (version > history.revision(place)) {
      throw broken(
          "%s reports a version beyond its own revision.".formatted(history.words(place)),
          register,
          place);
    }
    explain(register, history.result(place), version, place);
  }

  /// Makes the register hold the value, by unanswered writes where it does not.
  private void explain(Register register, long value, long version, int place) throws Decided {
    if (value == register.value && sameVersion(register, version)) {
      return;
    }
    if (version != NOT_REPORTED && version <= register.revision) {
      throw mismatch(register, place);
    }
    List<Integer> backwards = new ArrayList<>();
    long wanted = value;
    do {
      int source = onlySource(register, wanted, place);
      backwards.add(source);
      register.unanswered.remove(/* element */ (Integer) source);
      wanted = history.kind(source) == Kind.WRITE ? register.value : history.expected(source);
    } while (wanted != register.value);
    for (int source : backwards.reversed()) {
      order[ordered++] = source;
      register.writer = source;
    }
    register.value = value;
    register.version = version;
    register.revision = Math.max(register.revision, version);
  }

  private boolean sameVersion(Register register, long version) {
    if (version == NOT_REPORTED || version == register.version) {
      return true;
    }
    if (register.version == NOT_REPORTED && version > register.revision) {
      register.version = version;
      register.revision = version;
      return true;
    }
    return false;
  }

  private int onlySource(Register register, long value, int place) throws Decided {
    int source = -1;
    for (int candidate : register.unanswered) {
      if (history.argument(candidate) == value) {
        if (source >= 0) {
          throw ambiguous(place, source, candidate);
        }
        source = candidate;
      }
    }
    if (source < 0) {
      throw mismatch(register, place);
    }
    return source;
  }

  /// A refused compare must have met another value.
  private void refuse(Register register, int place) throws Decided {
    long expected = history.expected(place);
    if (register.value != expected) {
      return;
    }
    int source = -1;
    for (int candidate : register.unanswered) {
      boolean applies =
          history.kind(candidate) == Kind.WRITE || history.expected(candidate) == expected;
      if (applies && history.argument(candidate) != expected) {
        if (source >= 0) {
          throw ambiguous(place, source, candidate);
        }
        source = candidate;
      }
    }
    if (source < 0) {
      throw mismatch(register, place);
    }
    explain(register, history.argument(source), NOT_REPORTED, place);
  }

  /// Nothing ordered later may have finished before something ordered earlier began.
  private void sweepRealTime() throws Decided {
    int earliest = order[ordered - 1];
    for (int i = ordered - 1; i >= 0; i--) {
      int place = order[i];
      if (history.invoked(place) > history.finished(earliest)) {
        throw new Decided(
            new Verdict.Broken(
                "Let A = %s and B = %s. A < B because A finished before B began; B < A because the server put B first: a contradiction."
                    .formatted(history.words(earliest), history.words(place)),
                List.of(earliest, place)));
      }
      if (history.finished(place) < history.finished(earliest)) {
        earliest = place;
      }
    }
  }

  private Decided mismatch(Register register, int place) {
    return broken(
        "%s contradicts the server's order: at that revision the key holds %s, written by %s, and no unanswered write explains the answer."
            .formatted(
                history.words(place), RegisterOperation.value(register.value), writer(register)),
        register,
        place);
  }

  private String writer(Register register) {
    return register.writer < 0 ? "nobody" : history.words(register.writer);
  }

  private Decided ambiguous(int place, int one, int other) {
    return undecided(
        "expected at most one unanswered write that explains an answer: answer=%s one=%s other=%s; write unique values, or search for an order"
            .formatted(history.words(place), history.words(one), history.words(other)));
  }

  private static Decided undecided(String reason) {
    return new Decided(new Verdict.Undecided(reason));
  }

  private static Decided broken(String proof, Register register, int place) {
    List<Integer> places = register.writer < 0 ? List.of(place) : List.of(register.writer, place);
    return new Decided(new Verdict.Broken(proof, places));
  }

  /// One key during the replay.
  private static final class Register {
    private long value = ABSENT;
    private long version;
    private long revision;
    private int writer = -1;
    private final List<Integer> unanswered = new ArrayList<>();
  }
}
