package io.vxmeta.chaos.workload;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.Scan;
import io.vxmeta.client.ScanOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;

/// `scan`: scans of all records while some are put and deleted; what was not touched meanwhile
/// comes exactly once.
public final class ChangingScans implements Workload {
  /* Choice: the records that change, a third, are drawn evenly. A scan goes wrong at the place of a record that comes or goes
   * while it passes, so changes are to be spread over all shards and pages; a few hot records would leave most pages still. */

  /// Shards the records are dealt to, at most.
  private static final int TAGS = 48;

  /// Records of each client: most stand still, because the client is busy with the others.
  private static final int RECORDS = 150;

  /// Writes of one record at most.
  private static final int WRITES_MAX = 100;

  /// Between the starts of two scans: each asks every shard.
  private static final long BETWEEN_NANOS = TimeUnit.SECONDS.toNanos(2);

  /// Small, so that a scan has many pages to lose records between.
  private static final int PAGE_SIZE = 7;

  @Override
  public String name() {
    return "scan";
  }

  @Override
  public String summary() {
    return "scans while records are put and deleted; what was not touched meanwhile comes exactly once";
  }

  @Override
  public Traffic start(Stage stage) {
    return Crew.start(this, stage, new Run(KeySpace.of(name(), stage, TAGS)));
  }

  @Override
  public Ruling judge(Path history) throws IOException {
    return ScanRuling.of(history);
  }

  /// One run: each client has records of its own, which nobody else writes.
  private static final class Run implements Script {
    private final KeySpace space;
    private final AtomicLong keys = new AtomicLong();
    private final AtomicLong values = new AtomicLong();
    private final AtomicLong nextScan = new AtomicLong(System.nanoTime());
    private final Map<Integer, List<Slot>> slots = new ConcurrentHashMap<>();

    Run(KeySpace space) {
      this.space = space;
    }

    @Override
    public void turn(Caller caller) {
      long due = nextScan.get();
      long now = System.nanoTime();
      if (now - due > 0 && nextScan.compareAndSet(due, now + BETWEEN_NANOS)) {
        scan(
            caller,
            caller.random().nextBoolean() ? Optional.empty() : Optional.of(caller.anyNode()),
            During.TRAFFIC);
      } else if (caller.crew().mayWrite()) {
        change(caller);
      }
    }

    private void change(Caller caller) {
      List<Slot> own = slots.computeIfAbsent(caller.index(), _ -> new ArrayList<>());
      if (own.size() < RECORDS) {
        own.add(new Slot(keys.getAndIncrement()));
        put(caller, own.getLast());
        return;
      }
      Slot slot = own.get(caller.random().nextInt(RECORDS / 3));
      if (slot.writes >= WRITES_MAX || slot.doubtful) {
        own.set(own.indexOf(slot), new Slot(keys.getAndIncrement()));
      } else if (slot.present && caller.random().nextBoolean()) {
        delete(caller, slot);
      } else {
        put(caller, slot);
      }
    }

    private void put(Caller caller, Slot slot) {
      long value = values.incrementAndGet();
      Bytes key = space.key(slot.key);
      write(caller, slot, value, Transaction.put(KeySpace.NAMESPACE, key, Numbers.text(value)));
    }

    private void delete(Caller caller, Slot slot) {
      write(
          caller,
          slot,
          ScanRuling.GONE,
          Transaction.in(KeySpace.NAMESPACE).delete(space.key(slot.key)).build());
    }

    private static void write(Caller caller, Slot slot, long value, Transaction transaction) {
      slot.writes++;
      Caller.Asked operation =
          caller.ask(Pulse.Call.WRITE, List.of(new Micro.Write(slot.key, value)));
      Outcome<WriteAnswer> outcome = caller.write(transaction);
      if (outcome instanceof Outcome.Done<WriteAnswer> done) {
        slot.present = value != ScanRuling.GONE;
        operation.ok(Facts.of(done.answer().freshness()));
        return;
      }
      slot.doubtful = outcome instanceof Outcome.Unknown<WriteAnswer>;
      operation.unanswered(outcome);
    }

    /// Whether a node may fail while it scans: then a few records may come twice.
    private enum During {
      TRAFFIC,
      QUIET
    }

    private boolean scan(Caller caller, Optional<NodeId> node, During during) {
      ScanOptions options =
          ScanOptions.EVERYTHING
              .startingWith(Bytes.utf8(space.run() + "/"))
              .pagesOf(PAGE_SIZE)
              .within(Caller.DEADLINE);
      Map<String, JsonElement> facts = new HashMap<>();
      node.ifPresent(pinned -> facts.put(Facts.NODE, new JsonPrimitive(pinned.value())));
      facts.put(ScanRuling.QUIET, new JsonPrimitive(during == During.QUIET));
      Caller.Asked operation =
          caller.ask(Pulse.Call.READ, List.of(new Micro.ReadNull(ScanRuling.EVERYTHING)), facts);
      List<Micro> seen = new ArrayList<>();
      try (Scan scan =
          caller.client().scan(KeySpace.NAMESPACE, node.map(options::at).orElse(options))) {
        while (scan.hasNext()) {
          seen.add(seen(scan.next()));
        }
        operation.ok(seen, facts);
        return true;
      } catch (CallFailed failed) {
        operation.fail(failed.reason() + ": " + failed.text());
        return false;
      }
    }

    private static Micro seen(StoredRecord record) {
      String key = record.key().toUtf8();
      return new Micro.ReadValue(
          Numbers.parse(key.substring(key.lastIndexOf('/') + 1)), Numbers.parse(record.value()));
    }

    /// A scan at every node, and every record by name at every replica.
    @Override
    public void finish(FinalReads reads) {
      for (NodeId node : reads.nodes()) {
        if (!scan(reads.caller(), Optional.of(node), During.QUIET)) {
          reads.fail("a node can not be scanned: node=" + node + "; heal the cluster first");
        }
      }
      List<Long> all = LongStream.range(0, keys.get()).boxed().toList();
      reads.read(space, all, Numbers::seen);
    }
  }

  /// A record and what its only writer knows of it.
  private static final class Slot {
    /* Threads: its client's alone. */
    private final long key;
    private int writes;
    private boolean present;
    private boolean doubtful;

    Slot(long key) {
      this.key = key;
    }
  }
}
