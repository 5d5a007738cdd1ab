package io.vxmeta.chaos.check.linear;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import io.vxmeta.chaos.check.linear.RegisterOperation.Kind;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Takes in recorded operations on registers, one by one, and judges them.
///
/// Understood are `["r",k,v]`, `["w",k,v]` and `["cas",k,[old,new]]`, several of them in one
/// operation as well, with the extra fields `revision`, `group`, `versions` (of each step) and
/// `applied` (false: the compare was refused).
public final class Registers {
  /* Threads: one. Memory: about 100 bytes a step.
   * Outcomes: `fail` certainly did not happen and is left out; `info`, and what was never completed, may have happened: its
   *   writes stay without an answer, its reads are left out. */

  /// Steps of one key up to which every order is searched at once; beyond it only what zones leave
  /// undecided.
  static final int SEARCHED_MAX = 100;

  /// Pairs remembered in a search, at most a few hundred bytes each.
  private static final int BUDGET = 300_000;

  private static final String APPLIED = "applied";

  private final List<RegisterOperation> steps = new ArrayList<>();
  private final List<Integer> groups = new ArrayList<>();
  private final Map<Long, Open> open = new HashMap<>();
  private final Map<Object, Integer> keys = new HashMap<>();
  private final Map<Object, Long> texts = new HashMap<>();
  private final Map<Integer, Integer> groupOfKey = new HashMap<>();
  private final Set<Integer> moved = new HashSet<>();
  private Optional<String> refusal = Optional.empty();
  private boolean ordered = true;

  /// An operation that is not completed yet, and where its steps begin.
  private record Open(int place, int steps) {}

  /// What is known of a history of registers.
  ///
  /// @param values by values and times alone
  /// @param order by the revisions that the server reported; undecided where it reported none
  public record Finding(Verdict values, Verdict order) {

    /// Broken if either is: the second contradicts what the server itself said. Each of them alone
    /// proves that an order exists.
    public Verdict both() {
      if (values instanceof Verdict.Broken) {
        return values;
      }
      return order instanceof Verdict.Undecided && values instanceof Verdict.Holds ? values : order;
    }
  }

  /// Operations come in the order of the file.
  public void add(Operation operation) {
    if (operation.type() == Operation.Type.INVOKE) {
      invoke(operation);
      return;
    }
    Open asked = open.remove(operation.process());
    if (asked == null || asked.steps != operation.value().size()) {
      refuse("a completion follows an invocation of the same steps: index=" + operation.index());
      return;
    }
    for (int i = 0; i < asked.steps; i++) {
      complete(asked.place + i, i, operation);
    }
  }

  private void refuse(String why) {
    refusal = refusal.or(() -> Optional.of("expected that " + why + "; mend the recorder"));
  }

  private void invoke(Operation operation) {
    open.put(operation.process(), new Open(steps.size(), operation.value().size()));
    for (Micro step : operation.value()) {
      int key = keys.computeIfAbsent(step.key(), _ -> keys.size());
      steps.add(asked(key, step).during(operation.index(), RegisterOperation.NEVER));
      groups.add(-1);
    }
  }

  private RegisterOperation asked(int key, Micro step) {
    return switch (step) {
      case Micro.Write write -> RegisterOperation.write(key, number(write.value()));
      case Micro.CompareAndSet cas ->
          RegisterOperation.compareAndSet(
              key,
              cas.expected().map(this::number).orElse(RegisterOperation.ABSENT),
              number(cas.value()),
              RegisterOperation.ACCEPTED);
      case Micro.ReadNull _ -> RegisterOperation.read(key, RegisterOperation.ABSENT);
      case Micro.ReadValue read -> RegisterOperation.read(key, number(read.value()));
      case Micro.Append _, Micro.ReadList _, Micro.Add _ -> {
        refuse("steps are r, w or cas: step=" + step);
        yield RegisterOperation.read(key, RegisterOperation.ABSENT);
      }
    };
  }

  /// Whole numbers stand for themselves; everything else gets a number from the far end.
  private long number(Object value) {
    long reserved = RegisterOperation.ABSENT + Integer.MAX_VALUE;
    if (value instanceof Long whole) {
      if (whole <= reserved) {
        refuse("values are above " + reserved + ": value=" + whole);
      }
      return whole;
    }
    return texts.computeIfAbsent(value, _ -> RegisterOperation.ABSENT + 1 + texts.size());
  }

  private void complete(int place, int step, Operation operation) {
    RegisterOperation asked = steps.get(place);
    switch (operation.type()) {
      case FAIL -> steps.set(place, LEFT_OUT);
      case INFO -> {
        // Stays without an answer.
      }
      case INVOKE -> throw new IllegalArgumentException("expected a completion: " + operation);
      case OK -> {
        Map<String, JsonElement> extras = operation.extras();
        RegisterOperation ok =
            asked(asked.key(), operation.value().get(step))
                .during(asked.invoked(), operation.index())
                .at(whole(extras.get("revision")))
                .withVersion(version(extras.get("versions"), step));
        JsonElement applied = extras.get(APPLIED);
        boolean refused = applied != null && !applied.getAsBoolean();
        steps.set(place, refused ? ok.withResult(RegisterOperation.REFUSED) : ok);
        ordered &= ok.revision() != RegisterOperation.NOT_REPORTED;
        int group = extras.containsKey("group") ? (int) whole(extras.get("group")) : 0;
        groups.set(place, group);
        Integer before = groupOfKey.put(asked.key(), group);
        if (before != null && before != group) {
          moved.add(asked.key());
        }
      }
    }
  }

  /// A read without an answer, which says nothing.
  private static final RegisterOperation LEFT_OUT = RegisterOperation.read(0, 0);

  private static long whole(@Nullable JsonElement number) {
    return number == null ? RegisterOperation.NOT_REPORTED : number.getAsLong();
  }

  private static long version(@Nullable JsonElement versions, int step) {
    return versions instanceof JsonArray all && step < all.size()
        ? all.get(step).getAsLong()
        : RegisterOperation.NOT_REPORTED;
  }

  /// Judges everything that was added.
  public Finding judge() {
    if (refusal.isPresent()) {
      Verdict undecided = new Verdict.Undecided(refusal.get());
      return new Finding(undecided, undecided);
    }
    RegisterHistory whole = new RegisterHistory();
    SortedMap<Integer, RegisterHistory> byLog = new TreeMap<>();
    for (int place = 0; place < steps.size(); place++) {
      RegisterOperation step = steps.get(place);
      if (counts(step)) {
        whole.add(step);
        log(place, step)
            .ifPresent(log -> byLog.computeIfAbsent(log, _ -> new RegisterHistory()).add(step));
      }
    }
    return new Finding(byValues(whole), byOrder(byLog));
  }

  /// Whose revisions order the step: those of its group; of a key that was in several groups, its
  /// own alone, because they never fall, wherever it goes, while two groups' revisions have nothing
  /// to do with each other. A key that nobody was answered about proves nothing.
  private OptionalInt log(int place, RegisterOperation step) {
    if (moved.contains(step.key())) {
      return OptionalInt.of(-1 - step.key());
    }
    int group = groups.get(place);
    if (group >= 0) {
      return OptionalInt.of(group);
    }
    return groupOfKey.containsKey(step.key())
        ? OptionalInt.of(groupOfKey.get(step.key()))
        : OptionalInt.empty();
  }

  private static boolean counts(RegisterOperation step) {
    return step.kind() != Kind.READ || step.finished() != RegisterOperation.NEVER;
  }

  /// Key by key: zones are quick, and undecided only where a refused compare lies across its value
  /// or values repeat; then every order is searched, as it is at once where there are few.
  private static Verdict byValues(RegisterHistory history) {
    if (history.size() == 0) {
      return new Verdict.Undecided("expected at least one operation; the history is empty");
    }
    Verdict verdict = new Verdict.Holds();
    for (int[] places : history.placesByKey().values()) {
      Verdict key = new Verdict.Undecided("");
      if (places.length > SEARCHED_MAX) {
        key = Zones.judgeKey(history, places);
      }
      if (key instanceof Verdict.Undecided) {
        key = OrderSearch.judgeKey(history, places, BUDGET);
      }
      if (key instanceof Verdict.Undecided) {
        key = Zones.judgeKey(history, places);
      }
      verdict = verdict.and(key);
    }
    return located(history, verdict);
  }

  /// In this class positions are the indexes of the events.
  private static Verdict located(RegisterHistory history, Verdict verdict) {
    return verdict instanceof Verdict.Broken broken
        ? broken.at(place -> Stream.of(history.invoked(place), history.finished(place)))
        : verdict;
  }

  private Verdict byOrder(SortedMap<Integer, RegisterHistory> byLog) {
    if (!ordered || byLog.isEmpty()) {
      return new Verdict.Undecided(
          "expected a revision with every answer; record it, or judge by values alone");
    }
    Verdict verdict = new Verdict.Holds();
    for (RegisterHistory log : byLog.values()) {
      verdict = verdict.and(located(log, ServerOrder.judge(log)));
    }
    return verdict;
  }
}
