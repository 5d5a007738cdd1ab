package io.vxmeta.chaos.workload;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.check.linear.Registers;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Freshness;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.WriteAnswer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/// `register`: single keys that are written, read and compared-and-set, from every node.
///
/// Values are unique, so a compare with the version of a value that was read is a compare with the
/// value.
public final class RegisterTraffic implements Workload {
  private static final int TAGS = 8;

  /// Registers in use of each tag.
  private static final int ACTIVE = 3;

  /// Writes of one register at most: a search through all orders stays possible.
  private static final int WRITES_MAX = 200;

  @Override
  public String name() {
    return "register";
  }

  @Override
  public String summary() {
    return "single keys are put, read at any node and compared-and-set; judged linearizable by revisions and by zones";
  }

  @Override
  public Traffic start(Stage stage) {
    return Crew.start(this, stage, new Run(KeySpace.of(name(), stage, TAGS)));
  }

  @Override
  public Ruling judge(Path history) throws IOException {
    Registers registers = new Registers();
    HistoryReader.operations(history, registers::add);
    Registers.Finding found = registers.judge();
    return Ruling.of("registers", "not-linearizable", found.both());
  }

  /// A value and the version under which it was read.
  private record Known(long value, Optional<StoredRecord> found) {}

  /// One run: its registers and who wrote what.
  private static final class Run implements Script {
    /* Threads: the pools and the counter are shared; what a caller has read is its own, by its index. */

    private final KeySpace space;
    private final AtomicLong values = new AtomicLong();
    private final List<KeyPool> pools =
        IntStream.range(0, TAGS)
            .mapToObj(tag -> new KeyPool(tag, TAGS, ACTIVE, WRITES_MAX))
            .toList();

    Run(KeySpace space) {
      this.space = space;
    }

    @Override
    public void turn(Caller caller) {
      Random random = caller.random();
      KeyPool pool = pools.get(random.nextInt(TAGS));
      long key = pool.choose(random);
      if (!caller.crew().mayWrite() || pool.value(key) == KeyPool.NONE) {
        Optional<Known> _ = read(caller, key);
        return;
      }
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> put(caller, pool, key);
        case 3, 4, 5, 6 ->
            read(caller, key).ifPresent(known -> compareAndSet(caller, pool, key, known));
        default -> {
          Optional<Known> _ = read(caller, key);
        }
      }
    }

    private Optional<Known> read(Caller caller, long key) {
      Caller.Asked operation = caller.ask(Pulse.Call.READ, List.of(new Micro.ReadNull(key)));
      return switch (caller.read(List.of(space.key(key)), caller.linearizableAnywhere())) {
        case Caller.Reply.Refused refused -> {
          operation.fail(refused.why());
          yield Optional.empty();
        }
        case Caller.Reply.Answered answered -> {
          Optional<StoredRecord> found = answered.answer().records().getFirst();
          Freshness freshness = answered.answer().freshness().getFirst();
          operation.ok(List.of(Numbers.seen(key, found)), Facts.of(freshness, List.of(found)));
          yield known(found);
        }
      };
    }

    /// Empty for a value that is none of ours: the checker will say so.
    private static Optional<Known> known(Optional<StoredRecord> found) {
      if (found.isEmpty()) {
        return Optional.of(new Known(-1, found));
      }
      return Numbers.seen(0, found) instanceof Micro.ReadValue(_, Long value)
          ? Optional.of(new Known(value, found))
          : Optional.empty();
    }

    private void put(Caller caller, KeyPool pool, long key) {
      long value = values.incrementAndGet();
      Caller.Asked operation = caller.ask(Pulse.Call.WRITE, List.of(new Micro.Write(key, value)));
      end(
          pool,
          key,
          operation,
          caller.write(Transaction.put(KeySpace.NAMESPACE, space.key(key), Numbers.text(value))));
    }

    private void compareAndSet(Caller caller, KeyPool pool, long key, Known known) {
      long value = values.incrementAndGet();
      Optional<Object> expected = known.found().map(_ -> known.value());
      Caller.Asked operation =
          caller.ask(Pulse.Call.WRITE, List.of(new Micro.CompareAndSet(key, expected, value)));
      Transaction.Builder write = Transaction.in(KeySpace.NAMESPACE);
      Bytes at = space.key(key);
      known
          .found()
          .ifPresentOrElse(found -> write.ifVersion(at, found.version()), () -> write.ifAbsent(at));
      end(pool, key, operation, caller.write(write.put(at, Numbers.text(value)).build()));
    }

    /// A compare that failed is an answer: "no".
    private static void end(
        KeyPool pool, long key, Caller.Asked operation, Outcome<WriteAnswer> outcome) {
      if (outcome instanceof Outcome.Done<WriteAnswer> done) {
        Map<String, JsonElement> facts = new HashMap<>(Facts.of(done.answer().freshness()));
        facts.put(Facts.APPLIED, new JsonPrimitive(done.answer().applied()));
        operation.ok(facts);
        return;
      }
      if (outcome instanceof Outcome.Unknown<WriteAnswer>) {
        pool.retire(key);
      }
      operation.unanswered(outcome);
    }

    @Override
    public void finish(FinalReads reads) {
      pools.forEach(pool -> reads.read(space, pool.keys(), Numbers::seen));
    }
  }
}
