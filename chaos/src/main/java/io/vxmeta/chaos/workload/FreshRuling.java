package io.vxmeta.chaos.workload;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import io.vxmeta.chaos.check.linear.FreshReads;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// Rules on a history of multi-gets at several levels.
final class FreshRuling implements Completions.Listener {
  /* A read whose invocation names no level is linearizable. */

  static final String LEVEL = "level";
  static final String LOCAL = "local";
  static final String BOUNDED = "bounded";
  static final String AT_LEAST = "at-least";
  static final String BOUND_MS = "max_staleness_ms";
  static final String TOKEN = "token_revision";

  private final FreshReads checker = new FreshReads();
  private final Completions completions = new Completions();
  private String garbage = "";

  private FreshRuling() {}

  static Ruling of(Path file) throws IOException {
    FreshRuling ruling = new FreshRuling();
    HistoryReader.operations(file, event -> ruling.completions.take(event, ruling));
    Ruling fresh = Ruling.of("freshness", "broken-promise", ruling.checker.judge());
    return ruling.garbage.isEmpty()
        ? fresh.losing(ruling.checker.lost())
        : fresh.with(Ruling.found("freshness", "garbage-read", ruling.garbage));
  }

  @Override
  public void asked(Operation asked) {
    for (Micro step : asked.value()) {
      if (step instanceof Micro.Write write) {
        checker.attempted((Long) write.key(), (Long) write.value(), asked.index());
      }
    }
  }

  @Override
  public void ended(Completions.Completed operation) {
    Operation ended = operation.ended();
    for (Micro step : ended.value()) {
      if (step instanceof Micro.Write write) {
        ended(write, operation);
      }
    }
    if (operation.is(Operation.Type.OK) && !(ended.value().getFirst() instanceof Micro.Write)) {
      read(operation);
    }
  }

  private void ended(Micro.Write write, Completions.Completed operation) {
    Operation ended = operation.ended();
    switch (ended.type()) {
      case OK ->
          checker.acknowledged(
              (Long) write.key(),
              (Long) write.value(),
              new FreshReads.Point(
                  (int) Facts.number(ended, Facts.GROUP, 0),
                  Facts.number(ended, Facts.REVISION, 0),
                  ended.index(),
                  ended.timeNanos()));
      case FAIL -> checker.failed((Long) write.key(), (Long) write.value());
      case INFO, INVOKE -> {
        // It may be seen from now on, as before.
      }
    }
  }

  private void read(Completions.Completed operation) {
    Operation ended = operation.ended();
    List<FreshReads.Found> found = new ArrayList<>();
    JsonElement versions = ended.extras().get(Facts.VERSIONS);
    for (int i = 0; i < ended.value().size(); i++) {
      long version = versions instanceof JsonArray all ? all.get(i).getAsLong() : -1;
      switch (ended.value().get(i)) {
        case Micro.ReadValue(Object key, Long value) ->
            found.add(new FreshReads.Found((Long) key, OptionalLong.of(value), version));
        case Micro.ReadNull(Object key) ->
            found.add(new FreshReads.Found((Long) key, OptionalLong.empty(), version));
        default -> garbage = "" + ended.value().get(i);
      }
    }
    long staleness = Facts.number(ended, Facts.STALENESS_MS, -1);
    checker.read(
        new FreshReads.Read(
            new FreshReads.Point(
                (int) Facts.number(ended, Facts.GROUP, 0),
                Facts.number(ended, Facts.REVISION, 0),
                operation.invoked(),
                operation.asked().timeNanos()),
            ended.index(),
            promise(operation.asked()),
            staleness < 0 ? OptionalLong.empty() : OptionalLong.of(staleness),
            found));
  }

  private static FreshReads.Promise promise(Operation asked) {
    JsonElement level = asked.extras().get(LEVEL);
    return switch (level == null ? "" : level.getAsString()) {
      case LOCAL -> new FreshReads.Whatever();
      case BOUNDED -> new FreshReads.Within(Duration.ofMillis(Facts.number(asked, BOUND_MS, 0)));
      case AT_LEAST -> new FreshReads.AtLeast(Facts.number(asked, TOKEN, 0));
      default -> new FreshReads.Everything();
    };
  }
}
