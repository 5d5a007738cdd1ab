package io.vxmeta.chaos.workload;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Consistency;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Tokens;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.Token;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/// `mget`: multi-gets at every consistency level, each held to what its level promises and to what
/// its answer says of itself.
///
/// A local read promises one state, of any age: a node that starts again may answer older than
/// before.
public final class FreshReaders implements Workload {
  private static final int TAGS = 6;

  /// Keys in use of each tag.
  private static final int ACTIVE = 12;

  /// Writes of one key at most.
  private static final int WRITES_MAX = 1_000;

  /// Keys of one read at most.
  private static final int KEYS_MAX = 8;

  /// Keys of one write at most; they change together.
  private static final int WRITES_AT_ONCE_MAX = 3;

  /// Bounds asked for, from one that only a fresh replica keeps to one that nearly every replica
  /// does.
  private static final List<Duration> BOUNDS =
      List.of(Duration.ofMillis(50), Duration.ofMillis(300), Duration.ofSeconds(2));

  @Override
  public String name() {
    return "mget";
  }

  @Override
  public String summary() {
    return "multi-gets at every consistency level; each answer is the state of its revision, and as fresh as promised";
  }

  @Override
  public Traffic start(Stage stage) {
    return Crew.start(this, stage, new Run(KeySpace.of(name(), stage, TAGS)));
  }

  @Override
  public Ruling judge(Path history) throws IOException {
    return FreshRuling.of(history);
  }

  /// How to ask, and what the history says of it.
  private record Level(ReadOptions options, Map<String, JsonElement> facts) {}

  /// One run: its keys, and the newest token seen of each tag's group.
  private static final class Run implements Script {
    private final KeySpace space;
    private final AtomicLong values = new AtomicLong();
    private final Map<Integer, Token> newest = new ConcurrentHashMap<>();
    private final List<KeyPool> pools =
        IntStream.range(0, TAGS)
            .mapToObj(tag -> new KeyPool(tag, TAGS, ACTIVE, WRITES_MAX))
            .toList();

    Run(KeySpace space) {
      this.space = space;
    }

    @Override
    public void turn(Caller caller) {
      int tag = caller.random().nextInt(TAGS);
      if (caller.random().nextInt(10) < 3 && caller.crew().mayWrite()) {
        write(caller, tag);
      } else {
        read(caller, tag);
      }
    }

    private static List<Long> choose(Random random, KeyPool pool, int most) {
      return IntStream.rangeClosed(0, random.nextInt(most))
          .mapToObj(_ -> pool.choose(random))
          .distinct()
          .sorted()
          .toList();
    }

    /// Values are unique, so that each tells which write it is of.
    private void write(Caller caller, int tag) {
      KeyPool pool = pools.get(tag);
      List<Micro> steps = new ArrayList<>();
      Transaction.Builder write = Transaction.in(KeySpace.NAMESPACE);
      for (long key : choose(caller.random(), pool, WRITES_AT_ONCE_MAX)) {
        if (pool.value(key) != KeyPool.NONE) {
          long value = values.incrementAndGet();
          steps.add(new Micro.Write(key, value));
          write.put(space.key(key), Numbers.text(value));
        }
      }
      if (steps.isEmpty()) {
        return;
      }
      Caller.Asked operation = caller.ask(Pulse.Call.WRITE, steps);
      Outcome<WriteAnswer> outcome = caller.write(write.build());
      if (outcome instanceof Outcome.Done<WriteAnswer> done) {
        observe(tag, done.answer().freshness().token());
        operation.ok(Facts.of(done.answer().freshness()));
      } else {
        operation.unanswered(outcome);
      }
    }

    private void observe(int tag, Token token) {
      newest.merge(
          tag, token, (one, other) -> other.revision().covers(one.revision()) ? other : one);
    }

    private void read(Caller caller, int tag) {
      List<Long> numbers = choose(caller.random(), pools.get(tag), KEYS_MAX);
      Level level = level(caller, tag);
      Caller.Asked operation =
          caller.ask(
              Pulse.Call.READ,
              numbers.stream().<Micro>map(Micro.ReadNull::new).toList(),
              level.facts);
      List<Bytes> keys = numbers.stream().map(space::key).toList();
      switch (caller.read(keys, level.options)) {
        case Caller.Reply.Refused refused -> operation.fail(refused.why());
        case Caller.Reply.Answered answered -> {
          ReadAnswer answer = answered.answer();
          observe(tag, answer.freshness().getFirst().token());
          List<Micro> seen = new ArrayList<>();
          for (int i = 0; i < numbers.size(); i++) {
            seen.add(Numbers.seen(numbers.get(i), answer.records().get(i)));
          }
          operation.ok(seen, Facts.of(answer.freshness().getFirst(), answer.records()));
        }
      }
    }

    private Level level(Caller caller, int tag) {
      Random random = caller.random();
      Map<String, JsonElement> facts = new HashMap<>();
      Optional<Token> token = Optional.ofNullable(newest.get(tag));
      Consistency consistency = new Consistency.Linearizable();
      switch (random.nextInt(4)) {
        case 0 -> {
          consistency = new Consistency.Local();
          facts.put(FreshRuling.LEVEL, new JsonPrimitive(FreshRuling.LOCAL));
        }
        case 1 -> {
          Duration bound = BOUNDS.get(random.nextInt(BOUNDS.size()));
          consistency = new Consistency.Bounded(bound);
          facts.put(FreshRuling.LEVEL, new JsonPrimitive(FreshRuling.BOUNDED));
          facts.put(FreshRuling.BOUND_MS, new JsonPrimitive(bound.toMillis()));
        }
        case 2 -> {
          if (token.isPresent()) {
            Tokens tokens = new Tokens();
            tokens.observe(token.get());
            consistency = new Consistency.AtLeast(tokens);
            facts.put(FreshRuling.LEVEL, new JsonPrimitive(FreshRuling.AT_LEAST));
            facts.put(FreshRuling.TOKEN, new JsonPrimitive(token.get().revision().value()));
          }
        }
        default -> {
          // Linearizable, as nothing else is said.
        }
      }
      ReadOptions options = ReadOptions.of(consistency);
      return new Level(
          random.nextBoolean()
              ? options.within(Caller.DEADLINE)
              : options.at(caller.anyNode()).within(Caller.PINNED_DEADLINE),
          facts);
    }

    @Override
    public void finish(FinalReads reads) {
      pools.forEach(pool -> reads.read(space, pool.keys(), Numbers::seen));
    }
  }
}
