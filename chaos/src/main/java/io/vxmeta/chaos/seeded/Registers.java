package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.check.linear.RegisterHistory;
import io.vxmeta.chaos.check.linear.RegisterOperation;
import io.vxmeta.chaos.check.linear.ServerOrder;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.Revision;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/// Registers that scenarios write and read, every call recorded, and their judge.
final class Registers {
  /* Threads: any. A value is text: a mark, the number, and perhaps many copies of it, so that a byte from elsewhere shows. What
   * is no such text counts as a number that nobody wrote. */

  static final String CHECKER = "server-order";

  private static final String NAMESPACE = "default";
  private static final long GARBAGE = -1;

  private final VxClient writer;
  private final VxClient reader;
  private final int copies;
  private final AtomicLong clock = new AtomicLong();
  private final List<RegisterOperation> operations = new ArrayList<>();

  private Registers(VxClient writer, VxClient reader, int copies) {
    this.writer = writer;
    this.reader = reader;
    this.copies = copies;
  }

  static Registers small(VxClient client) {
    return new Registers(client, client, 1);
  }

  /// Values of about 20 bytes for each copy of the number.
  static Registers large(VxClient client, int copies) {
    return new Registers(client, client, copies);
  }

  /// Reads by another client than writes: one that is answered by an old leader takes it for the
  /// leader.
  static Registers apart(VxClient writer, VxClient reader) {
    return new Registers(writer, reader, 1);
  }

  static Bytes key(int register) {
    return Bytes.utf8("{registers}" + register);
  }

  private Bytes value(long number) {
    return Bytes.utf8((Sabotage.ROT_MARK + "%010d;").formatted(number).repeat(copies));
  }

  private long number(StoredRecord stored) {
    String text = new String(stored.value().toArray(), StandardCharsets.ISO_8859_1);
    int from = Sabotage.ROT_MARK.length();
    if (text.length() < from + 10) {
      return GARBAGE;
    }
    String digits = text.substring(from, from + 10);
    boolean whole =
        digits.chars().allMatch(Character::isDigit)
            && stored.value().equals(value(Long.parseLong(digits)));
    return whole ? Long.parseLong(digits) : GARBAGE;
  }

  private synchronized void record(RegisterOperation operation) {
    operations.add(operation);
  }

  Outcome<WriteAnswer> write(int register, long number, Duration deadline) {
    return writeAsync(register, number, deadline).join();
  }

  void write(int register, long number) {
    write(register, number, Arena.PATIENCE).orThrow();
  }

  CompletableFuture<Outcome<WriteAnswer>> writeAsync(int register, long number, Duration deadline) {
    long invoked = clock.incrementAndGet();
    return writer
        .writeAsync(Transaction.put(NAMESPACE, key(register), value(number)), deadline)
        .thenApply(outcome -> {
          ended(RegisterOperation.write(register, number), invoked, outcome);
          return outcome;
        });
  }

  /// A write that only happens where the register still has this version.
  CompletableFuture<Outcome<WriteAnswer>> compareAndSet(
      int register, Seen seen, long number, Duration deadline) {
    long invoked = clock.incrementAndGet();
    Transaction transaction =
        Transaction.in(NAMESPACE)
            .ifVersion(key(register), seen.version())
            .put(key(register), value(number))
            .build();
    return writer
        .writeAsync(transaction, deadline)
        .thenApply(outcome -> {
          boolean applied =
              outcome instanceof Outcome.Done<WriteAnswer> done && done.answer().applied();
          ended(
              RegisterOperation.compareAndSet(
                  register,
                  seen.number(),
                  number,
                  applied ? RegisterOperation.ACCEPTED : RegisterOperation.REFUSED),
              invoked,
              outcome);
          return outcome;
        });
  }

  private void ended(RegisterOperation call, long invoked, Outcome<WriteAnswer> outcome) {
    switch (outcome) {
      case Outcome.Done<WriteAnswer> done ->
          record(
              call.at(done.answer().revision().value()).during(invoked, clock.incrementAndGet()));
      case Outcome.Unknown<WriteAnswer> _ -> record(call.during(invoked, RegisterOperation.NEVER));
      case Outcome.Refused<WriteAnswer> _ -> {
        // Certainly not done: whoever reads it has read something nobody wrote.
      }
    }
  }

  /// What a read found.
  record Seen(long number, Revision version) {}

  Seen read(int register, ReadOptions options) {
    return readAsync(register, options.within(Arena.PATIENCE)).join();
  }

  /// Fails as the client's read fails; then it says nothing.
  CompletableFuture<Seen> readAsync(int register, ReadOptions options) {
    long invoked = clock.incrementAndGet();
    return reader
        .readAsync(NAMESPACE, List.of(key(register)), options)
        .thenApply(answer -> answered(register, invoked, answer));
  }

  private Seen answered(int register, long invoked, ReadAnswer answer) {
    Optional<StoredRecord> found = answer.records().getFirst();
    long number = found.map(this::number).orElse(RegisterOperation.ABSENT);
    Revision version = found.map(StoredRecord::version).orElse(new Revision(0));
    record(
        RegisterOperation.read(register, number)
            .withVersion(version.value())
            .at(answer.freshness().getFirst().token().revision().value())
            .during(invoked, clock.incrementAndGet()));
    return new Seen(number, version);
  }

  synchronized Finding judge() {
    RegisterHistory history = new RegisterHistory();
    operations.stream()
        .sorted(Comparator.comparingLong(RegisterOperation::invoked))
        .forEach(history::add);
    return Finding.of(CHECKER, ServerOrder.judge(history));
  }
}
