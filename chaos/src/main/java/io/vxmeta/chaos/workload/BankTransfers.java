package io.vxmeta.chaos.workload;

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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// `bank`: transfers between accounts of one shard; whoever reads all accounts at one instant finds
/// the same total, at whatever consistency.
///
/// An account nobody has written holds the opening balance, so that a bank needs no preparation. A
/// bank with a transfer in doubt is closed and another one opened, so that what may have happened
/// can be told from what must have.
public final class BankTransfers implements Workload {
  /// Banks that are open at the same time, each in one shard.
  private static final int TAGS = 3;

  static final int ACCOUNTS = 6;
  static final long OPENING = 100;

  /// Transfers of one bank at most.
  private static final int TRANSFERS_MAX = 1_000;

  @Override
  public String name() {
    return "bank";
  }

  @Override
  public String summary() {
    return "transfers between accounts of one shard; every read of all accounts finds the same total";
  }

  @Override
  public Traffic start(Stage stage) {
    return Crew.start(this, stage, new Run(KeySpace.of(name(), stage, TAGS)));
  }

  @Override
  public Ruling judge(Path history) throws IOException {
    return BankRuling.of(history);
  }

  /// One run: the banks that were opened.
  private static final class Run implements Script {
    private final KeySpace space;
    private final List<KeyPool> banks =
        IntStream.range(0, TAGS).mapToObj(tag -> new KeyPool(tag, TAGS, 1, TRANSFERS_MAX)).toList();

    Run(KeySpace space) {
      this.space = space;
    }

    @Override
    public void turn(Caller caller) {
      KeyPool pool = banks.get(caller.random().nextInt(TAGS));
      long bank = pool.choose(caller.random());
      boolean transfers = caller.random().nextInt(10) < 6 && caller.crew().mayWrite();
      if (transfers && pool.value(bank) != KeyPool.NONE) {
        transfer(caller, pool, bank);
      } else {
        audit(caller, bank);
      }
    }

    private Bytes key(long bank, long account) {
      return space.key((bank / TAGS * ACCOUNTS + account) * TAGS + bank % TAGS);
    }

    private List<Bytes> keys(long bank) {
      return LongStream.range(0, ACCOUNTS).mapToObj(account -> key(bank, account)).toList();
    }

    /// Reads both accounts, and writes under compares with what was read.
    private void transfer(Caller caller, KeyPool pool, long bank) {
      Random random = caller.random();
      int from = random.nextInt(ACCOUNTS);
      int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
      long amount = 1L + random.nextInt(20);
      Caller.Asked operation =
          caller.ask(
              Pulse.Call.WRITE,
              List.of(
                  new Micro.Add(name(bank, from), -amount, OptionalLong.empty()),
                  new Micro.Add(name(bank, to), amount, OptionalLong.empty())));
      List<Bytes> keys = List.of(key(bank, from), key(bank, to));
      switch (caller.read(keys, caller.linearizableAnywhere())) {
        case Caller.Reply.Refused refused -> operation.fail("read " + refused.why());
        case Caller.Reply.Answered answered ->
            write(caller, new Order(pool, bank, keys, amount), operation, answered.answer());
      }
    }

    /// What is moved from the first key to the second.
    private record Order(KeyPool pool, long bank, List<Bytes> keys, long amount) {}

    private static void write(
        Caller caller, Order order, Caller.Asked operation, ReadAnswer answer) {
      List<Long> balances = new ArrayList<>();
      Transaction.Builder write = Transaction.in(KeySpace.NAMESPACE);
      for (int i = 0; i < 2; i++) {
        Bytes key = order.keys.get(i);
        Optional<StoredRecord> found = answer.records().get(i);
        found.ifPresentOrElse(
            record -> write.ifVersion(key, record.version()), () -> write.ifAbsent(key));
        if (!(balance(found) instanceof Long balance)) {
          operation.fail("an account holds no number: found=" + found);
          return;
        }
        balances.add(balance);
      }
      if (balances.getFirst() < order.amount) {
        operation.fail("the account does not hold enough");
        return;
      }
      write.put(order.keys.getFirst(), Numbers.text(balances.getFirst() - order.amount));
      write.put(order.keys.getLast(), Numbers.text(balances.getLast() + order.amount));
      Outcome<WriteAnswer> outcome = caller.write(write.build());
      if (outcome instanceof Outcome.Done<WriteAnswer> done) {
        if (done.answer().applied()) {
          operation.ok(Facts.of(done.answer().freshness()));
        } else {
          operation.fail("" + done.answer().result());
        }
        return;
      }
      if (outcome instanceof Outcome.Unknown<WriteAnswer>) {
        order.pool.retire(order.bank);
      }
      operation.unanswered(outcome);
    }

    /// All accounts, at any consistency: even an old state is one state.
    private void audit(Caller caller, long bank) {
      ReadOptions options =
          caller.random().nextInt(3) == 0
              ? ReadOptions.local().at(caller.anyNode()).within(Caller.PINNED_DEADLINE)
              : caller.linearizableAnywhere();
      Caller.Asked operation = caller.ask(Pulse.Call.READ, asked(bank));
      switch (caller.read(keys(bank), options)) {
        case Caller.Reply.Refused refused -> operation.fail(refused.why());
        case Caller.Reply.Answered answered ->
            operation.ok(
                seen(bank, answered.answer().records()),
                Facts.of(answered.answer().freshness().getFirst(), answered.answer().records()));
      }
    }

    private static String name(long bank, int account) {
      return bank + "/" + account;
    }

    private static List<Micro> asked(long bank) {
      return IntStream.range(0, ACCOUNTS)
          .<Micro>mapToObj(account -> new Micro.ReadNull(name(bank, account)))
          .toList();
    }

    private static List<Micro> seen(long bank, List<Optional<StoredRecord>> records) {
      return IntStream.range(0, ACCOUNTS)
          .<Micro>mapToObj(
              account -> new Micro.ReadValue(name(bank, account), balance(records.get(account))))
          .toList();
    }

    private static Object balance(Optional<StoredRecord> found) {
      return found.map(record -> Numbers.parse(record.value())).orElse(OPENING);
    }

    @Override
    public void finish(FinalReads reads) {
      for (KeyPool pool : banks) {
        for (long bank : pool.keys()) {
          reads.read(
              new FinalReads.Question(keys(bank), asked(bank), records -> seen(bank, records)));
        }
      }
    }
  }
}
