package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin.ReplicaStatus;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.ClusterReport.Member;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The groups of a cluster, looked at again and again.
@Command(
    name = "top",
    description =
        "The groups as they are: leader, writes a second, records, memory, lag; again and again until"
            + " Ctrl-C. On a terminal each look replaces the one before; -o jsonl gives a line per"
            + " group and look.",
    mixinStandardHelpOptions = true)
final class TopCommand implements Callable<Integer> {

  /// Cursor to the top, and nothing below it.
  private static final String CLEAR = "\u001b[H\u001b[J";

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final Output output = new Output();

  @Option(
      names = "--interval",
      paramLabel = "DURATION",
      defaultValue = "2s",
      description = "Between two looks.")
  private String interval = "2s";

  @Option(
      names = "--count",
      paramLabel = "NUMBER",
      defaultValue = "0",
      description = "End after so many looks; 0 = go on.")
  private long count;

  TopCommand(Streams streams) {
    this.streams = streams;
  }

  /// A group at one look.
  private record Row(
      ShardGroupId group,
      Optional<Member> leader,
      ReplicaStatus best,
      long lag,
      OptionalDouble rate) {}

  /// What a look has to remember for the next one: when it was, and each group's revision.
  private record Seen(long nanos, Map<ShardGroupId, Long> revisions) {}

  @Override
  public Integer call() {
    if (count < 0) {
      throw CommandFailed.usage("a count is 0 or more: --count=" + count + "; 0 goes on");
    }
    Duration pause = Connection.duration("--interval", interval);
    Optional<Seen> before = Optional.empty();
    int code = ExitCode.OK;
    try (VxClient client = connection.open()) {
      for (long look = 1; count == 0 || look <= count; look++) {
        ClusterReport report = StatusCommand.report(client.admin());
        code = StatusCommand.exitCode(report);
        before = Optional.of(show(report, before));
        if (streams.out().checkError()) {
          break; // Nobody reads on.
        }
        if (look != count) {
          LockSupport.parkNanos(pause.toNanos());
        }
      }
    }
    return code;
  }

  private Seen show(ClusterReport report, Optional<Seen> before) {
    long now = System.nanoTime();
    List<Row> rows = new ArrayList<>();
    Map<ShardGroupId, Long> revisions = new HashMap<>();
    report
        .members()
        .forEach((group, members) -> {
          Row row = row(group, members, before, now);
          rows.add(row);
          revisions.put(group, row.best().revision().value());
        });
    if (streams.style() == Streams.Style.COLOURED && output.isForPeople()) {
      streams.out().print(CLEAR);
    }
    output.print(streams, listing(rows, report.problems()));
    return new Seen(now, revisions);
  }

  private static Row row(
      ShardGroupId group, List<Member> members, Optional<Seen> before, long now) {
    Optional<Member> leader = ClusterReport.leader(members);
    ReplicaStatus best = leader.orElse(members.get(0)).status();
    long lag = members.stream().mapToLong(member -> member.status().lag()).max().orElse(0);
    @Nullable Long earlier = before.map(seen -> seen.revisions().get(group)).orElse(null);
    OptionalDouble rate =
        earlier == null
            ? OptionalDouble.empty()
            : OptionalDouble.of(
                Math.max(0, best.revision().value() - earlier)
                    * 1e9
                    / Math.max(1, now - before.orElseThrow().nanos()));
    return new Row(group, leader, best, lag, rate);
  }

  private static Listing listing(List<Row> rows, List<String> problems) {
    TextTable table =
        new TextTable("GROUP", "LEADER", "WRITES/S", "RECORDS", "TABLE", "LAG")
            .wide("TERM", "REVISION", "SHARDS");
    for (Row row : rows) {
      table.row(
          row.group(),
          row.leader().map(Member::node).orElse("NONE"),
          row.rate().isPresent()
              ? String.format(Locale.ROOT, "%.1f", row.rate().getAsDouble())
              : "-",
          row.best().records(),
          StatusCommand.Amounts.bytes(row.best().tableBytes()),
          row.lag(),
          row.best().term(),
          row.best().revision(),
          row.best().shards());
    }
    Listing listing =
        Listing.of("group", json -> write(json, rows, problems)).rowsAt("groups").table(table);
    problems.forEach(problem -> listing.line("problem: " + problem));
    return listing;
  }

  private static void write(JsonWriter json, List<Row> rows, List<String> problems)
      throws IOException {
    json.beginObject().name("groups").beginArray();
    for (Row row : rows) {
      json.beginObject().name("group").value(row.group().value());
      json.name("leader").value(row.leader().map(Member::node).orElse(""));
      if (row.rate().isPresent()) {
        json.name("writes_per_second").value(row.rate().getAsDouble());
      }
      json.name("records").value(row.best().records());
      json.name("table_bytes").value(row.best().tableBytes());
      json.name("lag").value(row.lag());
      json.name("term").value(row.best().term());
      json.name("revision").value(row.best().revision().value()).endObject();
    }
    json.endArray().name("problems").beginArray();
    for (String problem : problems) {
      json.value(problem);
    }
    json.endArray().endObject();
  }
}
