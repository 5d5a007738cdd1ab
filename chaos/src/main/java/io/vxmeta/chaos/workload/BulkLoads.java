package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.history.Micro;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.WriteAnswer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// `bulk`: streams of transactions of several new records; every acknowledged one is there in the
/// end, whole.
public final class BulkLoads implements Workload {
  /* Choice: a bulk load writes no record twice, so no key is hotter than another. Reads are drawn evenly from the last few
   * hundred transactions: what a fault a second ago may have taken away is as likely to be looked at as what is under way. */

  /// Records of a transaction; they have one tag.
  static final int RECORDS = 4;

  /// Tags that transactions are dealt to, enough for every shard group.
  static final int TAGS = 64;

  /// One in so many turns reads a transaction's records.
  private static final int READS = 8;

  /// Submitted and not answered, of each client and shard group: what a fault may leave in doubt.
  private static final int IN_FLIGHT = 64;

  /// Long enough to outlast an election, short enough that a client can leave.
  private static final Duration GIVE_UP = Duration.ofSeconds(15);

  @Override
  public String name() {
    return "bulk";
  }

  @Override
  public String summary() {
    return "streams of transactions of new records; every acknowledged one is there in the end, whole";
  }

  @Override
  public Traffic start(Stage stage) {
    return Crew.start(this, stage, new Run(KeySpace.of(name(), stage, TAGS)));
  }

  @Override
  public Ruling judge(Path history) throws IOException {
    return BulkRuling.of(history);
  }

  /// The number of a record of a transaction; all of them have its tag.
  static long record(long transaction, int place) {
    return (transaction / TAGS * RECORDS + place) * TAGS + transaction % TAGS;
  }

  /// The transaction that a record is of.
  static long transaction(long record) {
    return record / TAGS / RECORDS * TAGS + record % TAGS;
  }

  private static List<Long> records(long transaction) {
    return IntStream.range(0, RECORDS).mapToObj(place -> record(transaction, place)).toList();
  }

  /// One run: its transactions and each client's writer.
  private static final class Run implements Script {
    private final KeySpace space;
    private final AtomicLong next = new AtomicLong();
    private final Map<Integer, BulkWriter> writers = new ConcurrentHashMap<>();
    private final Set<Integer> gaveUp = ConcurrentHashMap.newKeySet();

    Run(KeySpace space) {
      this.space = space;
    }

    @Override
    public void turn(Caller caller) throws InterruptedException {
      if (caller.random().nextInt(READS) == 0 || !caller.crew().mayWrite()) {
        read(caller);
      } else {
        write(caller, next.getAndIncrement());
      }
    }

    private void write(Caller caller, long transaction) throws InterruptedException {
      if (gaveUp.remove(caller.index())) {
        leave(caller);
      }
      List<Long> records = records(transaction);
      Transaction.Builder write = Transaction.in(KeySpace.NAMESPACE);
      records.forEach(record -> write.put(space.key(record), Numbers.text(record)));
      Caller.Asked operation =
          caller.askApart(
              Pulse.Call.WRITE,
              records.stream().<Micro>map(record -> new Micro.Write(record, record)).toList(),
              Map.of());
      CompletableFuture<Void> _ =
          writer(caller)
              .submit(write.build())
              .thenAccept(outcome -> end(caller, operation, outcome));
    }

    private BulkWriter writer(Caller caller) {
      return writers.computeIfAbsent(
          caller.index(),
          _ ->
              caller
                  .client()
                  .bulkWriter(
                      new BulkWriter.Options(
                          IN_FLIGHT,
                          BulkWriter.Options.DEFAULTS.bytesPerGroup(),
                          Caller.DEADLINE,
                          GIVE_UP)));
    }

    /// A writer that gave a group up takes no more for it: the client goes on with another one.
    private void end(Caller caller, Caller.Asked operation, Outcome<WriteAnswer> outcome) {
      if (outcome instanceof Outcome.Done<WriteAnswer> done) {
        if (done.answer().applied()) {
          operation.ok(Facts.of(done.answer().freshness()));
        } else {
          operation.fail("" + done.answer().result());
        }
        return;
      }
      operation.endedApart(outcome);
      gaveUp.add(caller.index());
    }

    @Override
    public void leave(Caller caller) {
      BulkWriter writer = writers.remove(caller.index());
      if (writer != null) {
        writer.close();
      }
    }

    private void read(Caller caller) {
      long begun = next.get();
      if (begun == 0) {
        return;
      }
      long transaction = Math.max(0, begun - 1 - caller.random().nextInt(200));
      List<Long> records = records(transaction);
      Caller.Asked operation =
          caller.ask(Pulse.Call.READ, records.stream().<Micro>map(Micro.ReadNull::new).toList());
      List<Bytes> keys = records.stream().map(space::key).toList();
      switch (caller.read(keys, caller.linearizableAnywhere())) {
        case Caller.Reply.Refused refused -> operation.fail(refused.why());
        case Caller.Reply.Answered answered ->
            operation.ok(
                IntStream.range(0, RECORDS)
                    .mapToObj(i -> seen(records.get(i), answered.answer().records().get(i)))
                    .toList(),
                Facts.of(answered.answer().freshness().getFirst()));
      }
    }

    private static Micro seen(long record, Optional<StoredRecord> found) {
      return found
          .<Micro>map(stored -> new Micro.ReadValue(record, Numbers.parse(stored.value())))
          .orElseGet(() -> new Micro.ReadNull(record));
    }

    @Override
    public void finish(FinalReads reads) {
      List<Long> all =
          LongStream.range(0, next.get())
              .boxed()
              .flatMap(transaction -> records(transaction).stream())
              .toList();
      reads.read(space, all, Run::seen);
    }
  }
}
