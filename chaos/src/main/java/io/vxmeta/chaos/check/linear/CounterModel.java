package io.vxmeta.chaos.check.linear;

import com.google.gson.JsonElement;
import io.vxmeta.chaos.check.linear.CounterAdds.Sequence;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A counter that is read and added to: `["add",k,[n,number]]`, `["r",k,number]`.
///
/// An add with the fields `producer`, `epoch` and `sequence` counts once however often it is sent,
/// and is answered with its first number; one of an older epoch than the counter has taken from
/// that producer does not count.
public record CounterModel() implements SequentialModel<CounterModel.Count> {
  /// The fields of an event that number its add.
  public static final String PRODUCER = "producer";

  public static final String EPOCH = "epoch";
  public static final String SEQUENCE = "sequence";

  /// A counter and what it knows of its producers.
  ///
  /// @param numbers what each sequence made of the counter
  /// @param epochs the newest of each producer
  public record Count(long number, Map<Sequence, Long> numbers, Map<Long, Long> epochs) {
    public Count {
      numbers = Map.copyOf(numbers);
      epochs = Map.copyOf(epochs);
    }
  }

  @Override
  public String title() {
    return "counter";
  }

  @Override
  public Count initial() {
    return new Count(0, Map.of(), Map.of());
  }

  @Override
  public Optional<Count> step(Count state, Operation operation) {
    boolean answered = operation.completes();
    Optional<Count> count = Optional.of(state);
    for (Micro step : operation.value()) {
      Count before = count.get();
      count =
          switch (step) {
            case Micro.Add add -> added(before, add, operation);
            case Micro.ReadValue read ->
                kept(before, !answered || read.value().equals(before.number));
            case Micro.ReadNull _ -> kept(before, !answered || before.number == 0);
            case Micro.Append _, Micro.Write _, Micro.ReadList _, Micro.CompareAndSet _ ->
                throw foreign(operation);
          };
      if (count.isEmpty()) {
        return count;
      }
    }
    return count;
  }

  private static Optional<Count> kept(Count count, boolean fits) {
    return fits ? Optional.of(count) : Optional.empty();
  }

  private static Optional<Count> added(Count count, Micro.Add add, Operation operation) {
    Optional<Sequence> sequence = sequence(operation);
    Long before = sequence.isPresent() ? count.numbers.get(sequence.get()) : null;
    if (before != null) {
      return kept(count, answers(add, operation, before));
    }
    if (sequence.isPresent() && isFenced(count, sequence.get())) {
      return kept(count, !operation.completes());
    }
    long number = count.number + add.amount();
    return answers(add, operation, number)
        ? Optional.of(raised(count, number, sequence))
        : Optional.empty();
  }

  /// Whether an add that made the counter this number was answered so, or not told of any number.
  private static boolean answers(Micro.Add add, Operation operation, long number) {
    return !operation.completes() || add.number().isEmpty() || add.number().getAsLong() == number;
  }

  private static boolean isFenced(Count count, Sequence sequence) {
    Long newest = count.epochs.get(sequence.producer());
    return newest != null && newest > sequence.epoch();
  }

  private static Count raised(Count count, long number, Optional<Sequence> sequence) {
    Map<Sequence, Long> numbers = new HashMap<>(count.numbers);
    Map<Long, Long> epochs = new HashMap<>(count.epochs);
    sequence.ifPresent(one -> {
      numbers.put(one, number);
      epochs.put(one.producer(), one.epoch());
    });
    return new Count(number, numbers, epochs);
  }

  private static Optional<Sequence> sequence(Operation operation) {
    Map<String, JsonElement> facts = operation.extras();
    JsonElement producer = facts.get(PRODUCER);
    JsonElement epoch = facts.get(EPOCH);
    JsonElement number = facts.get(SEQUENCE);
    return producer == null || epoch == null || number == null
        ? Optional.empty()
        : Optional.of(new Sequence(producer.getAsLong(), epoch.getAsLong(), number.getAsLong()));
  }

  @Override
  public String words(Count state) {
    return "" + state.number;
  }
}
