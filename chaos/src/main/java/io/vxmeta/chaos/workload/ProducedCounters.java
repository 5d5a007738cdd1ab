package io.vxmeta.chaos.workload;

import com.google.gson.JsonElement;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ProducerIdentity;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.WriteAnswer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/// `producer`: counters are raised under sequences that are repeated on purpose, after an unknown
/// outcome and after a good one; each sequence counts once.
public final class ProducedCounters implements Workload {
  /// Counters that are raised at the same time.
  private static final int TAGS = 4;

  /// Adds of one counter at most, so that the numbers it returns can be compared in memory.
  private static final int ADDS_MAX = 2_000;

  /// Adds of one round: one epoch of a producer, in a pipeline.
  private static final int ROUND_MAX = 8;

  /// Times that a round is sent again.
  private static final int REPEATS_MAX = 2;

  @Override
  public String name() {
    return "producer";
  }

  @Override
  public String summary() {
    return "counters are raised under repeated producer sequences; each counts once, no number comes back twice, and a newer epoch fences older ones";
  }

  @Override
  public Traffic start(Stage stage) {
    return Crew.start(this, stage, new Run(KeySpace.of(name(), stage, TAGS)));
  }

  @Override
  public Ruling judge(Path history) throws IOException {
    return CounterRuling.of(history);
  }

  /// One run: its counters and, for each client, its producer.
  private static final class Run implements Script {
    private final KeySpace space;
    private final List<KeyPool> counters =
        IntStream.range(0, TAGS).mapToObj(tag -> new KeyPool(tag, TAGS, 1, ADDS_MAX)).toList();
    private final Map<Integer, Producer> producers = new ConcurrentHashMap<>();

    Run(KeySpace space) {
      this.space = space;
    }

    @Override
    public void turn(Caller caller) throws InterruptedException {
      KeyPool pool = counters.get(caller.random().nextInt(TAGS));
      long counter = pool.choose(caller.random());
      if (caller.random().nextInt(3) == 0 || !caller.crew().mayWrite()) {
        read(caller, counter);
        return;
      }
      Producer producer =
          producers.computeIfAbsent(caller.index(), _ -> new Producer(caller.random()));
      Round round = producer.next(counter, 1 + caller.random().nextInt(ROUND_MAX));
      for (int i = 0; i < round.adds && pool.value(counter) != KeyPool.NONE; i++) {
        caller.crew().pace();
      }
      boolean repeatable = send(caller, round);
      for (int i = 0; i < REPEATS_MAX && repeatable && caller.random().nextBoolean(); i++) {
        repeatable = send(caller, round);
      }
      if (repeatable) {
        producer.latecomer(caller.random()).ifPresent(late -> sendLate(caller, late));
        producer.sent(round);
      }
    }

    /// An epoch that was followed by another one is fenced: nothing of it may happen any more.
    private void sendLate(Caller caller, Round late) {
      try {
        boolean _ = send(caller, late);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /// Sends the adds under sequences 1, 2, ...; false when one was refused, since then the numbers
    /// of those behind it are not known, and the round must not be sent again.
    private boolean send(Caller caller, Round round) throws InterruptedException {
      List<CompletableFuture<Boolean>> sent = new ArrayList<>();
      Transaction add = Transaction.in(KeySpace.NAMESPACE).add(space.key(round.counter), 1).build();
      BulkWriter.Options options = BulkWriter.Options.DEFAULTS.giveUpAfter(caller.patience());
      try (BulkWriter writer = caller.client().bulkWriter(options, round.identity)) {
        for (long sequence = 1; sequence <= round.adds; sequence++) {
          Caller.Asked operation =
              caller.askApart(
                  Pulse.Call.WRITE,
                  List.of(new Micro.Add(round.counter, 1, OptionalLong.empty())),
                  CounterRuling.facts(
                      round.identity.id().hashCode(), round.identity.epoch(), sequence));
          long wanted = sequence;
          sent.add(writer.submit(add).thenApply(outcome -> end(round, operation, wanted, outcome)));
        }
      }
      return sent.stream().allMatch(CompletableFuture::join);
    }

    private static boolean end(
        Round round, Caller.Asked operation, long sequence, Outcome<WriteAnswer> outcome) {
      if (outcome instanceof Outcome.Done<WriteAnswer> done
          && done.answer().result() instanceof WriteAnswer.Applied applied) {
        Map<String, JsonElement> facts = new HashMap<>(Facts.of(done.answer().freshness()));
        facts.putAll(
            CounterRuling.facts(
                round.identity.id().hashCode(), round.identity.epoch(), done.answer().sequence()));
        operation.ok(
            List.of(new Micro.Add(round.counter, 1, applied.mutations().getFirst().number())),
            facts);
        return done.answer().sequence() == sequence;
      }
      if (outcome instanceof Outcome.Done<WriteAnswer> done) {
        operation.fail("" + done.answer().result());
        return false;
      }
      operation.endedApart(outcome);
      return outcome instanceof Outcome.Unknown<WriteAnswer>;
    }

    private void read(Caller caller, long counter) {
      Caller.Asked operation = caller.ask(Pulse.Call.READ, List.of(new Micro.ReadNull(counter)));
      List<Bytes> keys = List.of(space.key(counter));
      switch (caller.read(keys, caller.linearizableAnywhere())) {
        case Caller.Reply.Refused refused -> operation.fail(refused.why());
        case Caller.Reply.Answered answered ->
            operation.ok(
                List.of(seen(counter, answered.answer().records().getFirst())),
                Facts.of(answered.answer().freshness().getFirst()));
      }
    }

    private static Micro seen(long counter, Optional<StoredRecord> found) {
      return found
          .<Micro>map(record -> new Micro.ReadValue(counter, number(record.value())))
          .orElseGet(() -> new Micro.ReadNull(counter));
    }

    private static Object number(Bytes value) {
      return value.length() == Long.BYTES
          ? (Object) ByteBuffer.wrap(value.toArray()).getLong()
          : "garbled: " + value;
    }

    @Override
    public void finish(FinalReads reads) {
      counters.forEach(pool -> reads.read(space, pool.keys(), Run::seen));
    }
  }

  /// What one producer sends under one epoch.
  private record Round(ProducerIdentity identity, long counter, int adds) {}

  /// A client's producer, which raises its epoch with every round.
  private static final class Producer {
    /* Threads: its client's alone. */

    /// One in so many rounds, the round before is sent once more.
    private static final int LATE = 6;

    private final Bytes id;
    private int epoch;
    private Optional<Round> last = Optional.empty();

    Producer(Random random) {
      id = ProducerIdentity.random(random).id();
    }

    Round next(long counter, int adds) {
      return new Round(new ProducerIdentity(id, ++epoch), counter, adds);
    }

    void sent(Round round) {
      last = Optional.of(round);
    }

    Optional<Round> latecomer(Random random) {
      return random.nextInt(LATE) == 0 ? last : Optional.empty();
    }
  }
}
