package io.vxmeta.chaos.verify;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import io.vxmeta.chaos.check.linear.Verdict;
import io.vxmeta.chaos.check.linear.WatchStream;
import io.vxmeta.chaos.check.linear.WatchStream.Change;
import io.vxmeta.chaos.check.linear.WatchStream.Commit;
import io.vxmeta.chaos.check.linear.WatchStream.Message;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Judges recorded subscriptions to changes by the transactions recorded beside them.
final class Subscriptions {
  /* The form of a file: a transaction is called and answered as everywhere, with `["w",k,v]` and, where it removes keys, a
   * list of them in `removed`; its answer has `revision`. A subscriber is a process that only hears: each message is an ok event with
   * `watch`, which is `began` (after `revision`, with the `prefix` of the keys), `sent` (the changes, null where a key is
   * removed, at `revision`) or `reached` (`revision`).
   * Changes of one transaction have no order. Threads: one. Memory: the whole history. */

  private static final String WATCH = "watch";
  private static final String PREFIX = "prefix";
  private static final String REVISION = "revision";
  private static final String REMOVED = "removed";

  /// What one process was sent.
  private static final class Heard {
    private final List<Message> messages = new ArrayList<>();
    private final List<Long> at = new ArrayList<>();
    private String prefix = "";
  }

  private final List<Commit> log = new ArrayList<>();
  private final List<List<Change>> inDoubt = new ArrayList<>();
  private final Map<Long, Operation> open = new HashMap<>();
  private final Map<Long, Heard> heard = new TreeMap<>();

  private Subscriptions() {}

  static Verdict judge(List<Operation> operations) {
    Subscriptions subscriptions = new Subscriptions();
    operations.forEach(subscriptions::add);
    subscriptions.open.values().forEach(subscriptions::doubt);
    return subscriptions.verdict();
  }

  private void add(Operation event) {
    if (event.extras().containsKey(WATCH)) {
      hear(event);
      return;
    }
    Operation asked = open.remove(event.process());
    switch (event.type()) {
      case INVOKE -> open.put(event.process(), event);
      case FAIL -> {
        // It certainly did not happen.
      }
      case INFO -> doubt(asked == null ? event : asked);
      case OK -> {
        if (writes(event)) {
          log.add(new Commit(revision(event), written(event)));
        }
      }
    }
  }

  private void doubt(Operation asked) {
    if (writes(asked)) {
      inDoubt.add(written(asked));
    }
  }

  private void hear(Operation event) {
    Heard subscriber = heard.computeIfAbsent(event.process(), _ -> new Heard());
    String what = field(event, WATCH).getAsString();
    subscriber.at.add(event.index());
    subscriber.messages.add(
        switch (what) {
          case "began" -> {
            subscriber.prefix = field(event, PREFIX).getAsString();
            yield new WatchStream.Began(revision(event));
          }
          case "sent" -> new WatchStream.Sent(revision(event), sent(event));
          case "reached" -> new WatchStream.Reached(revision(event));
          default ->
              throw new IllegalArgumentException(
                  "expected began, sent or reached: watch=" + what + " index=" + event.index());
        });
  }

  private static long revision(Operation event) {
    return field(event, REVISION).getAsLong();
  }

  private static JsonElement field(Operation event, String name) {
    JsonElement found = event.extras().get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "expected the field `" + name + "`: index=" + event.index());
    }
    return found;
  }

  private static boolean writes(Operation event) {
    return event.extras().containsKey(REMOVED)
        || event.value().stream().anyMatch(Micro.Write.class::isInstance);
  }

  /// What a transaction changes.
  private static List<Change> written(Operation event) {
    List<Change> changes = new ArrayList<>();
    for (Micro step : event.value()) {
      if (step instanceof Micro.Write(Object key, Object value)) {
        changes.add(change(key, Optional.of(value)));
      }
    }
    if (event.extras().get(REMOVED) instanceof JsonArray keys) {
      keys.forEach(key -> changes.add(change(key.getAsString(), Optional.empty())));
    }
    return sorted(changes);
  }

  /// What a message says has changed.
  private static List<Change> sent(Operation event) {
    List<Change> changes = new ArrayList<>();
    for (Micro step : event.value()) {
      switch (step) {
        case Micro.ReadValue(Object key, Object value) ->
            changes.add(change(key, Optional.of(value)));
        case Micro.ReadNull(Object key) -> changes.add(change(key, Optional.empty()));
        case Micro.Write _, Micro.Append _, Micro.ReadList _, Micro.SingleKey _ ->
            throw new IllegalArgumentException("expected values of keys: index=" + event.index());
      }
    }
    return sorted(changes);
  }

  private static List<Change> sorted(List<Change> changes) {
    return changes.stream().sorted(Comparator.comparing(Change::key)).toList();
  }

  private static Change change(Object key, Optional<Object> value) {
    return new Change(key.toString(), value.map(Object::toString));
  }

  private Verdict verdict() {
    if (heard.isEmpty()) {
      return new Verdict.Undecided("expected at least one subscription: no event has `watch`");
    }
    Verdict verdict = new Verdict.Holds();
    for (Heard subscriber : heard.values()) {
      verdict = verdict.and(judge(subscriber));
    }
    return verdict;
  }

  private Verdict judge(Heard subscriber) {
    Verdict verdict = WatchStream.judge(subscriber.prefix, log, inDoubt, subscriber.messages);
    return verdict instanceof Verdict.Broken broken
        ? broken.at(place -> Stream.of(subscriber.at.get(place)))
        : verdict;
  }
}
