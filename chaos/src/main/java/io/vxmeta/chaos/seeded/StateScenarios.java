package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.check.linear.BankTotals;
import io.vxmeta.chaos.check.linear.SetReads;
import io.vxmeta.chaos.cluster.ClusterPlan.Wiring;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/// Transactions and tables under load, on one node: replication takes no part.
final class StateScenarios {
  private static final String NAMESPACE = "default";
  private static final int ROUNDS = 12;
  private static final int RIVALS = 60;
  private static final int OTHERS = 16;
  private static final int GATHER_MS = 400;

  private StateScenarios() {}

  /// Many transactions compare the same version at the same time: one may win.
  static Finding manyCompareAtOnce(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(1, Wiring.DIRECT);
        VxClient client = arena.connect(cluster)) {
      new ClusterView(client).awaitLeaders(Arena.PATIENCE);
      Registers registers = Registers.small(client);
      long number = 1;
      registers.write(0, number);
      Finding finding = Finding.NONE;
      for (int round = 0; round < ROUNDS && !finding.alarms(); round++) {
        Registers.Seen seen = registers.read(0, ReadOptions.linearizable());
        // While the log waits, others fill the entries in flight, and the rivals gather in the
        // next.
        CrashScenarios.arm(
            cluster.folder(cluster.nodes().getFirst()),
            FailPoint.BEFORE_LOG_FSYNC,
            new FailPoints.Pause(GATHER_MS));
        List<CompletableFuture<Outcome<WriteAnswer>>> rivals = new ArrayList<>();
        for (int other = 1; other <= OTHERS; other++) {
          rivals.add(registers.writeAsync(other, ++number, Arena.PATIENCE));
        }
        for (int i = 0; i < RIVALS; i++) {
          rivals.add(registers.compareAndSet(0, seen, ++number, Arena.PATIENCE));
        }
        rivals.forEach(CompletableFuture::join);
        registers.read(0, ReadOptions.linearizable());
        finding = registers.judge();
      }
      return finding;
    }
  }

  private static final int ACCOUNTS = 6;
  private static final long BALANCE = 100;
  private static final int TRANSFERS = 60;

  /// Money moves between accounts; nobody may make or lose any.
  static Finding moneyMoves(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(1, Wiring.DIRECT);
        VxClient client = arena.connect(cluster)) {
      new ClusterView(client).awaitLeaders(Arena.PATIENCE);
      Transaction.Builder opening = Transaction.in(NAMESPACE);
      List<Bytes> accounts = new ArrayList<>();
      for (int i = 0; i < ACCOUNTS; i++) {
        accounts.add(Bytes.utf8("{bank}" + i));
        opening.put(accounts.get(i), Bytes.number(BALANCE));
      }
      client.write(opening.build(), Arena.PATIENCE).orThrow();
      List<List<Long>> reads = new ArrayList<>();
      for (int i = 0; i < TRANSFERS; i++) {
        List<StoredRecord> seen = all(client, accounts);
        reads.add(seen.stream().map(StateScenarios::balance).toList());
        transfer(client, seen, arena);
      }
      reads.add(all(client, accounts).stream().map(StateScenarios::balance).toList());
      return Finding.of(
          "bank", BankTotals.judge(new BankTotals.Bank(ACCOUNTS, ACCOUNTS * BALANCE), reads));
    }
  }

  private static List<StoredRecord> all(VxClient client, List<Bytes> keys) {
    return client.read(NAMESPACE, keys, ReadOptions.linearizable()).records().stream()
        .flatMap(Optional::stream)
        .toList();
  }

  private static long balance(StoredRecord account) {
    return ByteBuffer.wrap(account.value().toArray()).getLong();
  }

  private static void transfer(VxClient client, List<StoredRecord> seen, Arena arena) {
    StoredRecord from = seen.get(arena.random().nextInt(seen.size()));
    StoredRecord to = seen.get(arena.random().nextInt(seen.size()));
    if (!from.key().equals(to.key()) && balance(from) > 0) {
      client
          .write(
              Transaction.in(NAMESPACE)
                  .ifVersion(from.key(), from.version())
                  .ifVersion(to.key(), to.version())
                  .put(from.key(), Bytes.number(balance(from) - 1))
                  .put(to.key(), Bytes.number(balance(to) + 1))
                  .build(),
              Arena.PATIENCE)
          .orThrow();
    }
  }

  /// Enough keys of one shard for many splits of its buckets.
  private static final int KEYS_FIRST = 900;

  private static final int KEYS_ALL = 3_000;
  private static final int DELETED_EVERY = 3;
  private static final int KEYS_PER_READ = 1_000;

  /// A table grows while keys come and go; every key is looked up in the end.
  static Finding tableGrows(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(1, Wiring.DIRECT);
        VxClient client = arena.connect(cluster)) {
      new ClusterView(client).awaitLeaders(Arena.PATIENCE);
      try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS)) {
        put(writer, 0, KEYS_FIRST);
        for (int i = 0; i < KEYS_FIRST; i += DELETED_EVERY) {
          var _ = writer.submit(Transaction.in(NAMESPACE).delete(grown(i)).build());
        }
        put(writer, KEYS_FIRST, KEYS_ALL);
        writer.flush();
      }
      List<SetReads.Added> added = new ArrayList<>();
      List<Long> found = new ArrayList<>();
      for (int i = 0; i < KEYS_ALL; i++) {
        if (i >= KEYS_FIRST || i % DELETED_EVERY != 0) {
          added.add(new SetReads.Added(i, 1, 2));
        }
      }
      for (int from = 0; from < KEYS_ALL; from += KEYS_PER_READ) {
        found.addAll(present(client, from));
      }
      return Finding.of("set", SetReads.judge(added, List.of(new SetReads.Read(found, 3, 4))));
    }
  }

  private static Bytes grown(int number) {
    return Bytes.utf8("{grown}" + number);
  }

  private static void put(BulkWriter writer, int from, int until) throws InterruptedException {
    for (int i = from; i < until; i++) {
      var _ = writer.submit(Transaction.put(NAMESPACE, grown(i), Bytes.number(i)));
    }
  }

  private static List<Long> present(VxClient client, int from) {
    List<Bytes> keys = new ArrayList<>();
    for (int i = from; i < from + KEYS_PER_READ; i++) {
      keys.add(grown(i));
    }
    return all(client, keys).stream().map(StateScenarios::balance).toList();
  }

  /// Some 90 KB a value: copying it takes long enough to be overtaken.
  private static final int COPIES = 4_500;

  private static final int HOT_WRITES = 250;
  private static final int HOT_READERS = 3;

  /// One large record is written over and over and read meanwhile.
  static Finding hotRecordIsRead(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(1, Wiring.DIRECT);
        VxClient client = arena.connect(cluster)) {
      new ClusterView(client).awaitLeaders(Arena.PATIENCE);
      Registers registers = Registers.large(client, COPIES);
      registers.write(0, 1);
      AtomicBoolean ended = new AtomicBoolean();
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < HOT_READERS; i++) {
        readers.add(
            Thread.ofVirtual()
                .start(() -> {
                  while (!ended.get()) {
                    registers.read(0, ReadOptions.linearizable());
                  }
                }));
      }
      for (long number = 2; number <= HOT_WRITES; number++) {
        registers.write(0, number);
      }
      ended.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
      return registers.judge();
    }
  }
}
