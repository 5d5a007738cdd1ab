package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Waits for operations to end, and says of each how.
final class OperationWait {
  /* An operation that is not under way any more has ended one way or the other; which one, a map says that is not older than
   * the one in which its end was seen. */

  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  enum End {
    DONE,
    CALLED_OFF,
    /// It was not under way at the first look.
    NOT_UNDER_WAY;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  record Ended(Operation.Id id, String text, End end) {}

  private final ClusterAdmin admin;
  private final PrintStream progress;

  /// By name, with the step told last.
  private final Map<Operation.Id, Operation> underWay = new LinkedHashMap<>();

  private final List<Ended> ended = new ArrayList<>();

  OperationWait(ClusterAdmin admin, PrintStream progress) {
    this.admin = admin;
    this.progress = progress;
  }

  /// @param wanted all that are under way if empty
  List<Ended> await(List<Operation.Id> wanted, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Operation.Look first = Operation.look(admin);
    while (first.epoch().isEmpty()) {
      pause(
          deadline,
          "the leader of the root group, which alone knows what is under way, does not answer: waited_ms="
              + timeout.toMillis()
              + "; wait longer with --timeout, or look: vxctl status");
      first = Operation.look(admin);
    }
    begin(wanted, byId(first.operations()));
    while (!underWay.isEmpty()) {
      pause(
          deadline,
          "not all operations have ended: under_way="
              + underWay.keySet()
              + " waited_ms="
              + timeout.toMillis()
              + "; they go on; wait longer with --timeout, or look: vxctl op list");
      look();
    }
    return ended;
  }

  private static void pause(long deadline, String otherwise) {
    if (System.nanoTime() - deadline > 0) {
      throw new CommandFailed(ExitCode.UNAVAILABLE, otherwise);
    }
    LockSupport.parkNanos(LOOK_EVERY.toNanos());
  }

  private void begin(List<Operation.Id> wanted, Map<Operation.Id, Operation> now) {
    for (Operation.Id id : wanted.isEmpty() ? List.copyOf(now.keySet()) : wanted) {
      if (now.containsKey(id)) {
        tell(now.get(id));
        underWay.put(id, now.get(id));
      } else {
        ended.add(new Ended(id, "-", End.NOT_UNDER_WAY));
      }
    }
  }

  private static Map<Operation.Id, Operation> byId(List<Operation> operations) {
    return operations.stream()
        .collect(
            Collectors.toMap(
                Operation::id, Function.identity(), (one, other) -> one, LinkedHashMap::new));
  }

  private void tell(Operation operation) {
    progress.println(operation.id() + " " + operation.text() + ": " + operation.step());
  }

  private void look() {
    Operation.Look seen = Operation.look(admin);
    ShardMap map = admin.askShardMap();
    if (seen.epoch().isEmpty() || seen.epoch().get().isNewerThan(map.epoch())) {
      return;
    }
    Map<Operation.Id, Operation> now = byId(seen.operations());
    for (Iterator<Operation> all = underWay.values().iterator(); all.hasNext(); ) {
      Operation before = all.next();
      Optional<Operation> after = Optional.ofNullable(now.get(before.id()));
      if (after.isEmpty()) {
        end(before, before.done().test(map) ? End.DONE : End.CALLED_OFF);
        all.remove();
      } else if (!after.get().step().equals(before.step())) {
        tell(after.get());
      }
    }
    now.keySet().retainAll(underWay.keySet());
    underWay.putAll(now);
  }

  private void end(Operation operation, End end) {
    progress.println(operation.id() + " " + operation.text() + ": " + end);
    ended.add(new Ended(operation.id(), operation.text(), end));
  }

  static void write(JsonWriter json, List<Ended> all) throws IOException {
    json.beginArray();
    for (Ended each : all) {
      json.beginObject().name("operation").value(each.id().toString());
      json.name("what").value(each.text());
      json.name("ended").value(each.end().toString()).endObject();
    }
    json.endArray();
  }
}
