package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.history.Micro;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.WriteAnswer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// `set`: elements are added one by one, each a record of its own, and the whole set is read at one
/// instant.
public final class GrowingSets implements Workload {
  /* Choice: sets are drawn evenly, because each is a shard, and every shard is to be under load all the time. Within a set
   * there is nothing to choose: each element is new, and every later read must show all of them. */

  /// Sets that grow at the same time, each in one shard.
  private static final int TAGS = 3;

  /// Elements of one set at most: they are read at one instant, and every read carries them.
  private static final int SIZE_MAX = 256;

  /// Of ten turns.
  private static final int ADDS = 8;

  @Override
  public String name() {
    return "set";
  }

  @Override
  public String summary() {
    return "elements are added and whole sets read at one instant; no element lost, stale, doubled or made up";
  }

  @Override
  public Traffic start(Stage stage) {
    return Crew.start(this, stage, new Run(KeySpace.of(name(), stage, TAGS)));
  }

  @Override
  public Ruling judge(Path history) throws IOException {
    return SetRuling.of(history);
  }

  /// One run: the sets that were begun.
  private static final class Run implements Script {
    private final KeySpace space;
    private final List<Growing> growing = IntStream.range(0, TAGS).mapToObj(Growing::new).toList();

    Run(KeySpace space) {
      this.space = space;
    }

    @Override
    public void turn(Caller caller) {
      Growing line = growing.get(caller.random().nextInt(TAGS));
      if (caller.random().nextInt(10) < ADDS && caller.crew().mayWrite()) {
        add(caller, line.next());
      } else {
        read(caller, line);
      }
    }

    private void add(Caller caller, Element element) {
      Caller.Asked operation =
          caller.ask(
              Pulse.Call.WRITE,
              List.of(new Micro.Add(element.set, element.number, OptionalLong.empty())));
      Outcome<WriteAnswer> outcome =
          caller.write(
              Transaction.put(
                  KeySpace.NAMESPACE,
                  key(element.set, element.number),
                  Numbers.text(element.number)));
      if (outcome instanceof Outcome.Done<WriteAnswer> done) {
        operation.ok(Facts.of(done.answer().freshness()));
      } else {
        operation.unanswered(outcome);
      }
    }

    /// The elements to look for are counted AFTER the invocation: what was acknowledged before it
    /// is among them.
    private void read(Caller caller, Growing line) {
      long set = line.current();
      Caller.Asked operation = caller.ask(Pulse.Call.READ, List.of(new Micro.ReadNull(set)));
      List<Bytes> keys = keys(set, line.size(set));
      switch (caller.read(keys, caller.linearizableAnywhere())) {
        case Caller.Reply.Refused refused -> operation.fail(refused.why());
        case Caller.Reply.Answered answered ->
            operation.ok(
                List.of(seen(set, answered.answer().records())),
                Facts.of(answered.answer().freshness().getFirst()));
      }
    }

    private List<Bytes> keys(long set, long size) {
      return LongStream.range(0, size).mapToObj(element -> key(set, element)).toList();
    }

    /// All elements of a set have its tag.
    private Bytes key(long set, long element) {
      return space.key((set / TAGS * SIZE_MAX + element) * TAGS + set % TAGS);
    }

    private static Micro seen(long set, List<Optional<StoredRecord>> records) {
      List<Object> elements = new ArrayList<>();
      records.forEach(
          found -> found.ifPresent(record -> elements.add(Numbers.parse(record.value()))));
      return new Micro.ReadList(set, elements);
    }

    @Override
    public void finish(FinalReads reads) {
      for (Growing line : growing) {
        for (long set : line.begun()) {
          reads.read(
              new FinalReads.Question(
                  keys(set, line.size(set)),
                  List.of(new Micro.ReadNull(set)),
                  records -> List.of(seen(set, records))));
        }
      }
    }
  }

  private record Element(long set, long number) {}

  /// The sets of one tag, one after the other; the last one grows.
  private static final class Growing {
    /* Threads: any, under one lock. A set that is read has one element at least, so that there is something to ask for. */

    private final int tag;
    private long set;
    private long given = 1;

    Growing(int tag) {
      this.tag = tag;
      this.set = tag;
    }

    synchronized Element next() {
      if (given == SIZE_MAX) {
        set += TAGS;
        given = 1;
      }
      return new Element(set, given++);
    }

    synchronized long current() {
      return set;
    }

    /// Elements of the set that may have been added.
    synchronized long size(long asked) {
      return asked == set ? given : SIZE_MAX;
    }

    synchronized List<Long> begun() {
      return LongStream.rangeClosed(0, (set - tag) / TAGS)
          .mapToObj(place -> tag + place * TAGS)
          .toList();
    }
  }
}
