package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.ABSENT;
import static io.vxmeta.chaos.check.linear.RegisterOperation.ACCEPTED;
import static io.vxmeta.chaos.check.linear.RegisterOperation.NEVER;
import static io.vxmeta.chaos.check.linear.RegisterOperation.REFUSED;

import io.vxmeta.chaos.check.linear.RegisterOperation.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Seeded histories: answers of an honest server, and the same with one answer falsified.
final class RegisterHistories {
  /* An honest operation takes effect at one moment between call and answer; moments are distinct and the effects are played
   * in their order. Positions are multiplied by 4 so that answers fit between moments. */

  private RegisterHistories() {}

  /// How a history is drawn.
  ///
  /// @param values how many different values are drawn; 0 gives each write a new value
  /// @param unanswered one in so many operations is never answered, and half of those never happen
  record Shape(int operations, int keys, int values, int unanswered) {}

  static RegisterHistory of(List<RegisterOperation> operations) {
    RegisterHistory history = new RegisterHistory();
    operations.stream()
        .sorted(Comparator.comparingLong(RegisterOperation::invoked))
        .forEach(history::add);
    return history;
  }

  static List<RegisterOperation> honest(Random random, Shape shape) {
    return served(random, shape, Lie.NONE);
  }

  /// What a dishonest server does, once, in the second half of a history.
  enum Lie {
    NONE,
    /// Answers a read with the state before the key's last write, and says so.
    STALE_READ,
    /// Acknowledges a write with a revision and forgets it.
    LOST_WRITE,
    /// Says yes for no or no for yes.
    WRONG_ANSWER
  }

  static List<RegisterOperation> served(Random random, Shape shape, Lie lie) {
    Map<Integer, Long> values = new HashMap<>();
    Map<Integer, Long> versions = new HashMap<>();
    Map<Integer, RegisterOperation> staleReads = new HashMap<>();
    List<RegisterOperation> operations = new ArrayList<>();
    Lie left = lie;
    long revision = 0;
    long fresh = 1;
    for (int i = 0; i < shape.operations; i++) {
      long moment = 4L * i + 40;
      int key = random.nextInt(shape.keys);
      long value = values.getOrDefault(key, ABSENT);
      long version = versions.getOrDefault(key, 0L);
      long argument = shape.values == 0 ? fresh++ : random.nextInt(shape.values);
      boolean silent = shape.unanswered > 0 && random.nextInt(shape.unanswered) == 0;
      boolean happens = !silent || random.nextBoolean();
      RegisterOperation done = ask(random, key, value, argument);
      boolean writes = done.kind() != Kind.READ && done.result() != REFUSED && happens;
      revision += writes ? 1 : 0;
      if (!silent) {
        done = done.at(revision);
        done = done.kind() == Kind.READ ? done.withVersion(version) : done;
      }
      if (!silent && 2 * i >= shape.operations && liesAbout(left, done, staleReads)) {
        writes = writes && left != Lie.LOST_WRITE;
        done = lied(left, done, staleReads.getOrDefault(key, done));
        left = Lie.NONE;
      }
      if (writes) {
        staleReads.put(key, RegisterOperation.read(key, value).at(version).withVersion(version));
        values.put(key, argument);
        versions.put(key, revision);
      }
      long invoked = moment - random.nextInt(20);
      operations.add(done.during(invoked, silent ? NEVER : moment + random.nextInt(20)));
    }
    return operations;
  }

  private static boolean liesAbout(
      Lie lie, RegisterOperation done, Map<Integer, RegisterOperation> staleReads) {
    return switch (lie) {
      case NONE -> false;
      case STALE_READ -> done.kind() == Kind.READ && staleReads.containsKey(done.key());
      case LOST_WRITE -> done.kind() == Kind.WRITE;
      case WRONG_ANSWER -> done.kind() == Kind.COMPARE_AND_SET;
    };
  }

  private static RegisterOperation lied(
      Lie lie, RegisterOperation done, RegisterOperation staleRead) {
    return switch (lie) {
      case NONE, LOST_WRITE -> done;
      case STALE_READ -> staleRead;
      case WRONG_ANSWER -> done.withResult(done.result() == ACCEPTED ? REFUSED : ACCEPTED);
    };
  }

  private static RegisterOperation ask(Random random, int key, long value, long argument) {
    return switch (random.nextInt(6)) {
      case 0, 1 -> RegisterOperation.write(key, argument).withResult(ACCEPTED);
      case 2, 3 -> RegisterOperation.read(key, value);
      case 4 -> RegisterOperation.compareAndSet(key, value, argument, ACCEPTED);
      default -> {
        long guess = argument > 2 ? argument - 1 - random.nextInt(2) : argument + 1_000;
        yield RegisterOperation.compareAndSet(
            key, guess, argument, guess == value ? ACCEPTED : REFUSED);
      }
    };
  }

  /// Falsifies one answer: a read of another operation's value, an answer to a compare turned
  /// round, a write that is gone from the server's order, or an operation moved in time.
  static List<RegisterOperation> falsified(Random random, List<RegisterOperation> honest) {
    List<RegisterOperation> operations = new ArrayList<>(honest);
    int place = random.nextInt(operations.size());
    RegisterOperation one = operations.get(place);
    RegisterOperation other = operations.get(random.nextInt(operations.size()));
    if (random.nextInt(4) == 0) {
      long later = random.nextInt(4 * operations.size() + 40);
      long end = one.finished() == NEVER ? NEVER : later + random.nextInt(20);
      operations.set(place, one.during(later, end));
      return operations;
    }
    operations.set(
        place,
        switch (one.kind()) {
          case READ ->
              one.withResult(other.kind() == Kind.READ ? other.result() : other.argument());
          case COMPARE_AND_SET -> one.withResult(one.result() == ACCEPTED ? REFUSED : ACCEPTED);
          case WRITE ->
              RegisterOperation.read(one.key(), other.argument())
                  .during(one.invoked(), one.finished())
                  .at(one.revision());
        });
    return operations;
  }
}
