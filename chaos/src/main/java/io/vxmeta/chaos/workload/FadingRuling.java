package io.vxmeta.chaos.workload;

import com.google.gson.JsonArray;
import io.vxmeta.chaos.check.linear.Lifetimes;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Rules on a history of records with a time to live.
final class FadingRuling implements Completions.Listener {
  /// Of a write's invocation; a record that stays has none.
  static final String TTL_MS = "ttl_ms";

  private final Lifetimes checker = new Lifetimes();
  private final Completions completions = new Completions();
  private String garbage = "";

  private FadingRuling() {}

  static Ruling of(Path file) throws IOException {
    FadingRuling ruling = new FadingRuling();
    HistoryReader.operations(file, event -> ruling.completions.take(event, ruling));
    Ruling lives = Ruling.of("lifetimes", "wrong-lifetime", ruling.checker.judge());
    return ruling.garbage.isEmpty()
        ? lives.losing(ruling.checker.lost())
        : lives.with(Ruling.found("lifetimes", "garbage-read", ruling.garbage));
  }

  @Override
  public void asked(Operation asked) {
    if (asked.value().getFirst() instanceof Micro.Write(Long key, Long value)) {
      checker.attempted(key, value, Facts.number(asked, TTL_MS, Lifetimes.FOREVER), asked.index());
    }
  }

  @Override
  public void ended(Completions.Completed operation) {
    Operation ended = operation.ended();
    if (ended.value().getFirst() instanceof Micro.Write(Long key, Long value)) {
      switch (ended.type()) {
        case OK ->
            checker.acknowledged(
                key,
                value,
                (int) Facts.number(ended, Facts.GROUP, 0),
                Facts.number(ended, Facts.REVISION, 0),
                ended.index());
        case FAIL -> checker.failed(key, value);
        case INFO, INVOKE -> {
          // It may be seen from now on, as before.
        }
      }
    } else if (operation.is(Operation.Type.OK)) {
      for (int i = 0; i < ended.value().size(); i++) {
        read(operation, i);
      }
    }
  }

  private void read(Completions.Completed operation, int place) {
    Operation ended = operation.ended();
    switch (ended.value().get(place)) {
      case Micro.ReadValue(Long key, Long value) ->
          read(
              operation,
              key,
              Optional.of(
                  new Lifetimes.Found(
                      value,
                      number(ended, Facts.VERSIONS, place),
                      number(ended, Facts.EXPIRES_AT_MS, place))));
      case Micro.ReadNull(Long key) -> read(operation, key, Optional.empty());
      default -> garbage = "" + ended.value().get(place);
    }
  }

  private void read(Completions.Completed operation, long key, Optional<Lifetimes.Found> found) {
    Operation ended = operation.ended();
    checker.read(
        new Lifetimes.Read(
            key,
            (int) Facts.number(ended, Facts.GROUP, 0),
            Facts.number(ended, Facts.REVISION, 0),
            operation.invoked(),
            operation.finished(),
            found));
  }

  private static long number(Operation operation, String name, int place) {
    return operation.extras().get(name) instanceof JsonArray all ? all.get(place).getAsLong() : 0;
  }
}
