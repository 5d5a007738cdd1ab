package io.vxmeta.chaos.workload;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.check.linear.Lifetimes;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Lifetime;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.WriteAnswer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/// `ttl`: records that stay, that live for long and that live for moments, written again before and
/// after their end, and read meanwhile.
public final class FadingRecords implements Workload {
  private static final int TAGS = 3;

  /// Keys in use of each client and tag.
  private static final int ACTIVE = 6;

  /// Writes of one key at most.
  private static final int WRITES_MAX = 12;

  /// Keys of one read at most.
  private static final int KEYS_MAX = 4;

  /// Of ten turns.
  private static final int WRITES = 4;

  /// Of ten writes: records that stay, and those that outlive every run.
  private static final int STAYING = 3;

  private static final int LONG_LIVED = 2;

  private static final long LONG_MS = TimeUnit.HOURS.toMillis(12);
  private static final int SHORT_MIN_MS = 100;
  private static final int SHORT_MAX_MS = 3_000;

  /// Looks at the end until all that has expired must be gone; the leader looks twice a second, and
  /// walks everything first if it has just been elected.
  private static final int LOOKS_MAX = 300;

  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  /// Keys of one look; all have one tag.
  private static final int LOOK_KEYS_MAX = 256;

  private static final ReadOptions LOOK = ReadOptions.linearizable().within(Caller.DEADLINE);

  @Override
  public String name() {
    return "ttl";
  }

  @Override
  public String summary() {
    return "records with a time to live; none goes before its time by the log, comes back, or stays for good";
  }

  @Override
  public Traffic start(Stage stage) {
    return Crew.start(this, stage, new Run(KeySpace.of(name(), stage, TAGS), stage.processes()));
  }

  @Override
  public Ruling judge(Path history) throws IOException {
    return FadingRuling.of(history);
  }

  /// One run: every client writes keys of its own and reads everybody's.
  private static final class Run implements Script {
    private final KeySpace space;

    /// By client, then by tag. The last client is the one that asks at the end.
    private final List<List<KeyPool>> pools;

    Run(KeySpace space, int clients) {
      this.space = space;
      this.pools =
          IntStream.rangeClosed(0, clients)
              .mapToObj(client ->
                  IntStream.range(0, TAGS)
                      .mapToObj(tag ->
                          new KeyPool(
                              (long) client * TAGS + tag, TAGS * (clients + 1), ACTIVE, WRITES_MAX))
                      .toList())
              .toList();
    }

    @Override
    public void turn(Caller caller) {
      Random random = caller.random();
      int tag = random.nextInt(TAGS);
      if (random.nextInt(10) < WRITES && caller.crew().mayWrite()) {
        KeyPool own = pools.get(caller.index()).get(tag);
        write(caller, own, own.choose(random), ttlMs(random));
      } else {
        read(caller, numbers(random, tag), caller.linearizableAnywhere());
      }
    }

    private static long ttlMs(Random random) {
      int chance = random.nextInt(10);
      if (chance < STAYING) {
        return Lifetimes.FOREVER;
      }
      return chance < STAYING + LONG_LIVED ? LONG_MS : random.nextInt(SHORT_MIN_MS, SHORT_MAX_MS);
    }

    private List<Long> numbers(Random random, int tag) {
      return IntStream.rangeClosed(0, random.nextInt(KEYS_MAX))
          .mapToObj(_ -> pools.get(random.nextInt(pools.size() - 1)).get(tag).choose(random))
          .distinct()
          .sorted()
          .toList();
    }

    /// After a write in doubt its key is written no more.
    private Outcome<WriteAnswer> write(Caller caller, KeyPool pool, long key, long ttlMs) {
      long value = pool.value(key);
      Lifetime lifetime =
          ttlMs == Lifetimes.FOREVER
              ? Lifetime.FOREVER
              : new Lifetime.For(Duration.ofMillis(ttlMs));
      Map<String, JsonElement> facts =
          ttlMs == Lifetimes.FOREVER
              ? Map.of()
              : Map.of(FadingRuling.TTL_MS, new JsonPrimitive(ttlMs));
      Caller.Asked operation =
          caller.ask(Pulse.Call.WRITE, List.of(new Micro.Write(key, value)), facts);
      Outcome<WriteAnswer> outcome =
          caller.write(
              Transaction.in(KeySpace.NAMESPACE)
                  .put(space.key(key), Numbers.text(value), lifetime)
                  .build());
      if (outcome instanceof Outcome.Done<WriteAnswer> done) {
        operation.ok(Facts.of(done.answer().freshness()));
      } else {
        operation.unanswered(outcome);
        if (outcome instanceof Outcome.Unknown<WriteAnswer>) {
          pool.retire(key);
        }
      }
      return outcome;
    }

    private Caller.Reply read(Caller caller, List<Long> numbers, ReadOptions options) {
      Caller.Asked operation =
          caller.ask(Pulse.Call.READ, numbers.stream().<Micro>map(Micro.ReadNull::new).toList());
      List<Bytes> keys = numbers.stream().map(space::key).toList();
      Caller.Reply reply = caller.read(keys, options);
      switch (reply) {
        case Caller.Reply.Refused refused -> operation.fail(refused.why());
        case Caller.Reply.Answered answered -> {
          List<Optional<StoredRecord>> records = answered.answer().records();
          List<Micro> seen = new ArrayList<>();
          for (int i = 0; i < numbers.size(); i++) {
            seen.add(Numbers.seen(numbers.get(i), records.get(i)));
          }
          operation.ok(seen, Facts.of(answered.answer().freshness().getFirst(), records));
        }
      }
      return reply;
    }

    @Override
    public void finish(FinalReads reads) {
      for (int tag = 0; tag < TAGS; tag++) {
        awaitEnds(reads, tag);
      }
      pools.forEach(
          client -> client.forEach(pool -> reads.read(space, pool.keys(), Numbers::seen)));
    }

    /// What has expired by the log's time must go; a look that finds such records, or fails, is
    /// repeated.
    private void awaitEnds(FinalReads reads, int tag) {
      Optional<List<Long>> overdue = Optional.empty();
      for (int look = 0; look < LOOKS_MAX; look++) {
        List<Long> asked = overdue.orElseGet(() -> keys(tag));
        Optional<List<Long>> found =
            logTimeMs(reads.caller(), tag).flatMap(time -> overdue(reads.caller(), asked, time));
        if (found.isPresent() && found.get().isEmpty()) {
          return;
        }
        overdue = found.or(() -> Optional.of(asked));
        LockSupport.parkNanos(LOOK_EVERY_NANOS);
      }
      List<Long> left = overdue.orElseGet(List::of);
      reads.find(
          "lingers",
          "expired records are still there, or can not be looked at: keys=%d first=%s looks=%d"
              .formatted(left.size(), left.subList(0, Math.min(left.size(), KEYS_MAX)), LOOKS_MAX));
    }

    private List<Long> keys(int tag) {
      List<Long> keys = new ArrayList<>();
      pools.forEach(client -> keys.addAll(client.get(tag).keys()));
      return keys;
    }

    /// The time of a log entry made now, told by the end of a record written with it.
    private Optional<Long> logTimeMs(Caller caller, int tag) {
      KeyPool pool = pools.getLast().get(tag);
      long witness = pool.choose(caller.random());
      Outcome<WriteAnswer> outcome = write(caller, pool, witness, LONG_MS);
      return outcome instanceof Outcome.Done<WriteAnswer>
              && read(caller, List.of(witness), LOOK) instanceof Caller.Reply.Answered answered
          ? answered.answer().records().getFirst().map(r -> r.expiresAtMs() - LONG_MS)
          : Optional.empty();
    }

    /// Of these keys the ones whose record has expired by that time and is still there; nothing if
    /// they could not be read.
    private Optional<List<Long>> overdue(Caller caller, List<Long> keys, long logTimeMs) {
      List<Long> overdue = new ArrayList<>();
      for (int from = 0; from < keys.size(); from += LOOK_KEYS_MAX) {
        List<Long> part = keys.subList(from, Math.min(keys.size(), from + LOOK_KEYS_MAX));
        if (!(read(caller, part, LOOK) instanceof Caller.Reply.Answered answered)) {
          return Optional.empty();
        }
        for (int i = 0; i < part.size(); i++) {
          if (answered.answer().records().get(i).filter(r -> isOver(r, logTimeMs)).isPresent()) {
            overdue.add(part.get(i));
          }
        }
      }
      return Optional.of(overdue);
    }

    private static boolean isOver(StoredRecord found, long logTimeMs) {
      return found.expiresAtMs() != Lifetimes.FOREVER && found.expiresAtMs() <= logTimeMs;
    }
  }
}
