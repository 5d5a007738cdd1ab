package io.vxmeta.chaos.workload;

import com.google.gson.JsonElement;
import io.vxmeta.chaos.check.linear.CounterAdds;
import io.vxmeta.chaos.check.linear.CounterModel;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Rules on a history of counters, each for itself.
final class CounterRuling implements Completions.Listener {
  static final String PRODUCER = CounterModel.PRODUCER;
  private static final String EPOCH = CounterModel.EPOCH;
  private static final String SEQUENCE = CounterModel.SEQUENCE;

  private final Map<Long, CounterAdds> counters = new TreeMap<>();
  private final Map<Long, String> garbage = new TreeMap<>();
  private final Completions completions = new Completions();

  private CounterRuling() {}

  /// What an add's lines say of its producer; in an answer the sequence is the one it answers.
  static Map<String, JsonElement> facts(long producer, long epoch, long sequence) {
    return Facts.ofNumbers(Map.of(PRODUCER, producer, EPOCH, epoch, SEQUENCE, sequence));
  }

  static Ruling of(Path file) throws IOException {
    CounterRuling ruling = new CounterRuling();
    HistoryReader.operations(file, event -> ruling.completions.take(event, ruling));
    return ruling.rule();
  }

  private static CounterAdds.Sequence sequence(Operation operation) {
    return new CounterAdds.Sequence(
        Facts.number(operation, PRODUCER, -1),
        Facts.number(operation, EPOCH, -1),
        Facts.number(operation, SEQUENCE, -1));
  }

  private CounterAdds counter(Micro step) {
    return counters.computeIfAbsent((Long) step.key(), _ -> new CounterAdds());
  }

  @Override
  public void asked(Operation asked) {
    if (asked.value().getFirst() instanceof Micro.Add add) {
      counter(add).sent(sequence(asked), asked.index());
    }
  }

  @Override
  public void ended(Completions.Completed operation) {
    for (Micro step : operation.ended().value()) {
      if (step instanceof Micro.Add add) {
        ended(counter(add), add, operation);
      } else if (operation.is(Operation.Type.OK)) {
        read(step, operation);
      }
    }
  }

  /// An answer to another sequence than the one that was sent leaves the one that was sent open.
  private static void ended(CounterAdds counter, Micro.Add add, Completions.Completed operation) {
    switch (operation.ended().type()) {
      case OK ->
          counter.answered(
              sequence(operation.ended()), add.number().orElse(-1), operation.finished());
      case FAIL -> counter.refused(sequence(operation.asked()));
      case INFO, INVOKE -> {
        // It may have had its effect: nothing is learned.
      }
    }
  }

  private void read(Micro step, Completions.Completed operation) {
    if (step instanceof Micro.ReadValue(_, Long value)) {
      counter(step).read(value, operation.invoked(), operation.finished());
    } else if (step instanceof Micro.ReadNull) {
      counter(step).read(0, operation.invoked(), operation.finished());
    } else {
      garbage.put((Long) step.key(), "" + step);
    }
  }

  private Ruling rule() {
    Ruling ruling = new Ruling("producer", List.of(), "", 0);
    for (Map.Entry<Long, CounterAdds> each : counters.entrySet()) {
      Ruling one = Ruling.of("producer", "not-exactly-once", each.getValue().judge());
      ruling = ruling.with(one.naming("counter " + each.getKey()).losing(each.getValue().lost()));
    }
    for (String found : garbage.values()) {
      ruling = ruling.with(Ruling.found("producer", "garbage-read", found));
    }
    return counters.isEmpty() ? new Ruling("producer", List.of(), "nothing was asked", 0) : ruling;
  }
}
