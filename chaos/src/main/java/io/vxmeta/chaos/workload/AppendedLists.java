package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.check.txn.Verdict;
import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.WriteAnswer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/// `list-append`: transactions that read lists and append to them, inside a shard group.
///
/// A transaction reads all its keys at one instant and writes under compares with every version it
/// read, so that it happens at the instant of its write, or not at all.
public final class AppendedLists implements Workload {
  /// Shards that are written, enough to have some in every shard group.
  private static final int TAGS = 6;

  /// Keys in use of each tag: few enough to be fought over.
  private static final int ACTIVE = 8;

  /// Elements of one list at most: every read carries them.
  private static final int APPENDS_MAX = 32;

  private static final int STEPS_MAX = 4;

  @Override
  public String name() {
    return "list-append";
  }

  @Override
  public String summary() {
    return "transactions read lists and append to them inside a shard group; judged strictly serializable";
  }

  @Override
  public Traffic start(Stage stage) {
    return Crew.start(this, stage, new Run(KeySpace.of(name(), stage, TAGS)));
  }

  @Override
  public Ruling judge(Path history) throws IOException {
    return ListRuling.of(history);
  }

  /// Judges a history of which the checker of transactions has said what it thinks: adds what is
  /// lost.
  public static Ruling ruling(History history, Verdict strict) {
    return ListRuling.of(history, strict);
  }

  /// One run: its keys and its transactions.
  private static final class Run implements Script {
    private final KeySpace space;
    private final List<KeyPool> pools =
        IntStream.range(0, TAGS)
            .mapToObj(tag -> new KeyPool(tag, TAGS, ACTIVE, APPENDS_MAX))
            .toList();

    Run(KeySpace space) {
      this.space = space;
    }

    /// What a transaction does; the values of its appends are drawn already.
    private enum Kind {
      READS,
      APPENDS,
      MIXED
    }

    @Override
    public void turn(Caller caller) {
      Random random = caller.random();
      KeyPool pool = pools.get(random.nextInt(TAGS));
      List<Micro> steps = steps(caller, pool, kind(random));
      Caller.Asked operation = caller.ask(call(steps), steps);
      List<Long> numbers =
          steps.stream().map(step -> (Long) step.key()).distinct().sorted().toList();
      List<Bytes> keys = numbers.stream().map(space::key).toList();
      ReadOptions options = caller.linearizableAnywhere();
      switch (caller.read(keys, options)) {
        case Caller.Reply.Refused refused -> operation.fail("read " + refused.why());
        case Caller.Reply.Answered answered ->
            proceed(caller, pool, operation, steps, new Lists(numbers, keys, answered.answer()));
      }
    }

    private static Pulse.Call call(List<Micro> steps) {
      return steps.stream().anyMatch(Micro.Append.class::isInstance)
          ? Pulse.Call.WRITE
          : Pulse.Call.READ;
    }

    private static Kind kind(Random random) {
      return switch (random.nextInt(10)) {
        case 0, 1, 2 -> Kind.READS;
        case 3, 4 -> Kind.APPENDS;
        default -> Kind.MIXED;
      };
    }

    private static List<Micro> steps(Caller caller, KeyPool pool, Kind kind) {
      Random random = caller.random();
      List<Micro> steps = new ArrayList<>();
      int count = 1 + random.nextInt(STEPS_MAX);
      for (int i = 0; i < count; i++) {
        long key = pool.choose(random);
        boolean append =
            switch (kind) {
              case READS -> false;
              case APPENDS -> true;
              case MIXED -> random.nextBoolean();
            };
        long value = append && caller.crew().mayWrite() ? pool.value(key) : KeyPool.NONE;
        steps.add(value == KeyPool.NONE ? new Micro.ReadNull(key) : new Micro.Append(key, value));
      }
      return steps;
    }

    private static void proceed(
        Caller caller, KeyPool pool, Caller.Asked operation, List<Micro> steps, Lists lists) {
      List<Micro> answered = lists.play(steps);
      Optional<Transaction> write = lists.transaction();
      if (write.isEmpty()) {
        operation.ok(
            answered, Facts.of(lists.answer.freshness().getFirst(), lists.answer.records()));
        return;
      }
      Outcome<WriteAnswer> outcome = caller.write(write.get());
      if (outcome instanceof Outcome.Done<WriteAnswer> done) {
        if (done.answer().applied()) {
          operation.ok(answered, Facts.of(done.answer().freshness()));
        } else {
          operation.fail("" + done.answer().result());
        }
        return;
      }
      if (outcome instanceof Outcome.Unknown<WriteAnswer>) {
        lists.changed.keySet().forEach(pool::retire);
      }
      operation.unanswered(outcome);
    }

    @Override
    public void finish(FinalReads reads) {
      for (KeyPool pool : pools) {
        reads.read(space, pool.keys(), (key, found) -> read(key, elements(found)));
      }
    }
  }

  private static Micro read(long key, List<Object> elements) {
    return elements.isEmpty() ? new Micro.ReadNull(key) : new Micro.ReadList(key, elements);
  }

  /// The elements of a stored list; what is no number stays text, and is garbage to the checker.
  private static List<Object> elements(Optional<StoredRecord> found) {
    if (found.isEmpty()) {
      return List.of();
    }
    List<Object> elements = new ArrayList<>();
    for (String element : found.get().value().toUtf8().split(" ", -1)) {
      elements.add(Numbers.parse(element));
    }
    return elements;
  }

  private static Bytes stored(List<Object> elements) {
    return Bytes.utf8(String.join(" ", elements.stream().map(Object::toString).toList()));
  }

  /// The lists a transaction works on, as they were at one instant.
  private static final class Lists {
    private final List<Long> numbers;
    private final List<Bytes> keys;
    private final ReadAnswer answer;
    private final Map<Long, List<Object>> now = new LinkedHashMap<>();
    private final Map<Long, List<Object>> changed = new LinkedHashMap<>();

    Lists(List<Long> numbers, List<Bytes> keys, ReadAnswer answer) {
      this.numbers = numbers;
      this.keys = keys;
      this.answer = answer;
      for (int i = 0; i < numbers.size(); i++) {
        now.put(numbers.get(i), elements(answer.records().get(i)));
      }
    }

    /// The steps with their answers; later ones see what earlier ones appended.
    List<Micro> play(List<Micro> steps) {
      List<Micro> answered = new ArrayList<>();
      for (Micro step : steps) {
        long key = (Long) step.key();
        List<Object> list = now.getOrDefault(key, List.of());
        if (step instanceof Micro.Append append) {
          List<Object> longer = new ArrayList<>(list);
          longer.add(append.element());
          now.put(key, longer);
          changed.put(key, longer);
          answered.add(append);
        } else {
          answered.add(read(key, list));
        }
      }
      return answered;
    }

    /// Writes what was changed if nothing that was read has changed; empty when nothing was.
    Optional<Transaction> transaction() {
      if (changed.isEmpty()) {
        return Optional.empty();
      }
      Transaction.Builder write = Transaction.in(KeySpace.NAMESPACE);
      for (int i = 0; i < numbers.size(); i++) {
        Bytes key = keys.get(i);
        answer
            .records()
            .get(i)
            .ifPresentOrElse(
                found -> write.ifVersion(key, found.version()), () -> write.ifAbsent(key));
        List<Object> list = changed.get(numbers.get(i));
        if (list != null) {
          write.put(key, stored(list));
        }
      }
      return Optional.of(write.build());
    }
  }
}
