package io.vxmeta.chaos.check.linear;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;

/// Seeded histories of one object of any kind, honest and falsified, and every order of them.
final class ObjectHistories {
  /* An honest call takes effect at one moment between invocation and answer; moments are distinct and effects are played in
   * their order by a naive object that is changed in place, which has nothing to do with the models under test. Moments that
   * are equal are concurrent: then invocations stand before answers in the history. */

  private static final long KEY = 7;

  private ObjectHistories() {}

  /// What is asked, and what the object said; `end` is OK, FAIL or INFO.
  record Call(
      Micro asked,
      Micro answer,
      Map<String, JsonElement> askedFacts,
      Map<String, JsonElement> facts,
      Operation.Type end,
      long from,
      long to) {
    Call lasting(long from, long to) {
      return new Call(asked, answer, askedFacts, facts, end, from, to);
    }

    Call saying(Micro answer, Map<String, JsonElement> facts) {
      return new Call(asked, answer, askedFacts, facts, end, from, to);
    }

    Call ending(Operation.Type end) {
      return new Call(asked, answer, askedFacts, facts, end, from, to);
    }
  }

  /// What an object says to one call.
  record Said(Micro answer, Map<String, JsonElement> facts, boolean done) {
    Said(Micro answer) {
      this(answer, Map.of(), true);
    }
  }

  /// A naive object.
  interface Twin {
    /// Takes the call, and answers.
    Said play(Micro asked, Map<String, JsonElement> facts);
  }

  /// A kind of object, and what is asked of it.
  enum Kind {
    REGISTER {
      @Override
      Twin twin() {
        return new Twin() {
          private Optional<Object> value = Optional.empty();

          @Override
          public Said play(Micro asked, Map<String, JsonElement> facts) {
            if (asked instanceof Micro.Write write) {
              value = Optional.of(write.value());
              return new Said(asked);
            }
            if (asked instanceof Micro.CompareAndSet compare) {
              boolean equal = compare.expected().equals(value);
              value = equal ? Optional.of(compare.value()) : value;
              return new Said(asked, Map.of("applied", new JsonPrimitive(equal)), true);
            }
            return new Said(
                value.isEmpty() ? asked : new Micro.ReadValue(KEY, value.orElseThrow()));
          }
        };
      }

      @Override
      Micro ask(Random random) {
        long drawn = random.nextInt(3);
        return switch (random.nextInt(5)) {
          case 0, 1 -> new Micro.ReadNull(KEY);
          case 2, 3 -> new Micro.Write(KEY, drawn);
          default ->
              new Micro.CompareAndSet(
                  KEY,
                  drawn == 0 ? Optional.empty() : Optional.of(drawn),
                  (long) random.nextInt(3));
        };
      }
    },
    SET {
      @Override
      Twin twin() {
        return new Twin() {
          private final TreeSet<Long> elements = new TreeSet<>();

          @Override
          public Said play(Micro asked, Map<String, JsonElement> facts) {
            if (asked instanceof Micro.Add add) {
              elements.add(add.amount());
              return new Said(asked);
            }
            List<Object> all = new ArrayList<>(elements.descendingSet());
            return new Said(all.isEmpty() ? asked : new Micro.ReadList(KEY, all));
          }
        };
      }

      @Override
      Micro ask(Random random) {
        return random.nextBoolean()
            ? new Micro.ReadNull(KEY)
            : new Micro.Add(KEY, random.nextInt(100), OptionalLong.empty());
      }
    },
    COUNTER {
      @Override
      Twin twin() {
        return new Twin() {
          private final Map<String, Long> numbers = new HashMap<>();
          private final Map<String, Long> epochs = new HashMap<>();
          private long number;

          @Override
          public Said play(Micro asked, Map<String, JsonElement> facts) {
            if (!(asked instanceof Micro.Add add)) {
              return new Said(number == 0 ? asked : new Micro.ReadValue(KEY, number));
            }
            String producer = "" + facts.get("producer");
            long epoch = Long.parseLong("" + facts.get("epoch"));
            String sequence = "%s/%d/%s".formatted(producer, epoch, facts.get("sequence"));
            if (!numbers.containsKey(sequence)) {
              if (epochs.getOrDefault(producer, 0L) > epoch) {
                return new Said(asked, facts, false);
              }
              epochs.put(producer, epoch);
              numbers.put(sequence, ++number);
            }
            long first = numbers.getOrDefault(sequence, 0L);
            return new Said(new Micro.Add(KEY, add.amount(), OptionalLong.of(first)), facts, true);
          }
        };
      }

      @Override
      Micro ask(Random random) {
        return random.nextInt(3) == 0
            ? new Micro.ReadNull(KEY)
            : new Micro.Add(KEY, 1, OptionalLong.empty());
      }

      @Override
      Map<String, JsonElement> facts(Micro asked, Random random) {
        return asked instanceof Micro.Add
            ? Map.of(
                "producer", new JsonPrimitive(random.nextInt(2)),
                "epoch", new JsonPrimitive(1 + random.nextInt(2)),
                "sequence", new JsonPrimitive(1 + random.nextInt(2)))
            : Map.of();
      }
    };

    SequentialModel<?> model() {
      return switch (this) {
        case REGISTER -> new RegisterModel();
        case SET -> new SetModel();
        case COUNTER -> new CounterModel();
      };
    }

    abstract Twin twin();

    abstract Micro ask(Random random);

    /// What the call carries besides.
    Map<String, JsonElement> facts(Micro asked, Random random) {
      return Map.of();
    }
  }

  static List<Call> honest(Kind kind, Random random, int calls) {
    Twin object = kind.twin();
    List<Call> history = new ArrayList<>();
    for (int i = 0; i < calls; i++) {
      Micro asked = kind.ask(random);
      Map<String, JsonElement> facts = kind.facts(asked, random);
      boolean silent = random.nextInt(5) == 0;
      // Of the calls in doubt half never happen.
      Said said =
          silent && random.nextBoolean() ? new Said(asked, facts, true) : object.play(asked, facts);
      Operation.Type end =
          silent ? Operation.Type.INFO : said.done ? Operation.Type.OK : Operation.Type.FAIL;
      long moment = 4L * i + 40;
      history.add(
          new Call(
              asked,
              said.answer,
              facts,
              said.facts,
              end,
              moment - random.nextInt(20),
              moment + random.nextInt(20)));
    }
    return history;
  }

  /// Falsifies one call: it says what another one was told, or took place at another time, or what
  /// was refused is said to be done.
  static List<Call> falsified(Random random, List<Call> honest) {
    List<Call> calls = new ArrayList<>(honest);
    int place = random.nextInt(calls.size());
    Call one = calls.get(place);
    Call other = calls.get(random.nextInt(calls.size()));
    if (one.end == Operation.Type.FAIL) {
      Call done = one.saying(numbered(one.asked, random), one.askedFacts);
      calls.set(place, done.ending(Operation.Type.OK));
    } else if (isRead(one.asked) && isRead(other.asked) && random.nextBoolean()) {
      calls.set(place, one.saying(other.answer, one.facts));
    } else if (one.asked instanceof Micro.CompareAndSet) {
      boolean applied = one.facts.equals(Map.of("applied", new JsonPrimitive(true)));
      calls.set(place, one.saying(one.answer, Map.of("applied", new JsonPrimitive(!applied))));
    } else if (one.answer instanceof Micro.Add add && add.number().isPresent()) {
      calls.set(place, one.saying(numbered(one.asked, random), one.facts));
    } else {
      long from = random.nextInt(4 * calls.size() + 60);
      calls.set(place, one.lasting(from, from + random.nextInt(20)));
    }
    return calls;
  }

  private static Micro numbered(Micro asked, Random random) {
    return asked instanceof Micro.Add add
        ? new Micro.Add(KEY, add.amount(), OptionalLong.of(1 + random.nextInt(4)))
        : asked;
  }

  private static boolean isRead(Micro step) {
    return step instanceof Micro.ReadNull;
  }

  private record Event(long at, int turn, Operation.Type type, int call) {}

  /// As a recorder writes it, each call by a process of its own.
  static List<Operation> events(List<Call> calls) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      events.add(new Event(calls.get(i).from, 0, Operation.Type.INVOKE, i));
      events.add(new Event(calls.get(i).to, 1, calls.get(i).end, i));
    }
    events.sort(Comparator.comparingLong(Event::at).thenComparingInt(Event::turn));
    List<Operation> history = new ArrayList<>();
    for (Event event : events) {
      Call call = calls.get(event.call);
      boolean ok = event.type == Operation.Type.OK;
      history.add(
          new Operation(
              history.size(),
              event.at,
              event.call,
              event.type,
              List.of(ok ? call.answer : call.asked),
              ok ? call.facts : call.askedFacts));
    }
    return history;
  }

  /// Whether some order of the calls explains every answer, by trying all of them to their ends:
  /// those in doubt anywhere after their invocation or nowhere.
  static boolean explained(Kind kind, List<Call> calls) {
    List<Call> happened = calls.stream().filter(call -> call.end != Operation.Type.FAIL).toList();
    return explained(kind, happened, List.of());
  }

  /// @param order places of calls, the first ones of an order
  private static boolean explained(Kind kind, List<Call> calls, List<Integer> order) {
    List<Integer> left = new ArrayList<>();
    for (int place = 0; place < calls.size(); place++) {
      if (!order.contains(place)) {
        left.add(place);
      }
    }
    boolean whole = left.stream().allMatch(place -> calls.get(place).end == Operation.Type.INFO);
    if (whole && replays(kind, order.stream().map(calls::get).toList())) {
      return true;
    }
    for (int next : left) {
      if (left.stream().noneMatch(other -> precedes(calls.get(other), calls.get(next)))) {
        List<Integer> longer = new ArrayList<>(order);
        longer.add(next);
        if (explained(kind, calls, longer)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean precedes(Call one, Call other) {
    return one.end == Operation.Type.OK && one.to < other.from;
  }

  private static boolean replays(Kind kind, List<Call> order) {
    Twin object = kind.twin();
    for (Call call : order) {
      Said said = object.play(call.asked, call.askedFacts);
      boolean same = said.done && said.answer.equals(call.answer) && said.facts.equals(call.facts);
      if (call.end == Operation.Type.OK && !same) {
        return false;
      }
    }
    return true;
  }
}
