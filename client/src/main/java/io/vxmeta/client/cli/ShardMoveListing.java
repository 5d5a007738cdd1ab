package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClusterAdmin.MoveOrder;
import io.vxmeta.client.ClusterAdmin.ShardMoveStatus;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMove;
import java.io.IOException;
import java.util.List;

/// What is said of moves of shards, for people and for programs.
final class ShardMoveListing {

  private ShardMoveListing() {}

  /// What came of an order.
  static Listing ordered(ShardId shard, int to, MoveOrder order) {
    String words =
        switch (order) {
          case ORDERED -> "ordered";
          case UNDER_WAY_ALREADY -> "under way already";
          case DONE_ALREADY -> "done already";
        };
    return Listing.of(
            "shard",
            json ->
                json.beginObject()
                    .name("shard")
                    .value(shard.value())
                    .name("to")
                    .value(to)
                    .name("ordered")
                    .value(order == MoveOrder.ORDERED)
                    .name("done")
                    .value(order == MoveOrder.DONE_ALREADY)
                    .endObject())
        .named(List.of(shard.toString()))
        .line("shard=" + shard + " to=" + to + ": " + words);
  }

  static Listing calledOff(ShardMove move) {
    return Listing.of(
            "shard",
            json -> {
              json.beginObject();
              write(json, move);
              json.endObject();
            })
        .named(List.of(move.shard().toString()))
        .line(words(move));
  }

  /// Of one that was called off.
  static String words(ShardMove move) {
    return "shard="
        + move.shard()
        + " from="
        + move.from()
        + " to="
        + move.to()
        + ": called off; if group "
        + move.from()
        + " has given it away by now it moves all the same";
  }

  /// Those that are under way.
  static Listing of(List<ShardMoveStatus> moves) {
    TextTable table =
        new TextTable("SHARD", "FROM", "TO", "COPIED BYTES", "STEP").wide("ATTEMPT", "PARTS");
    moves.forEach(each ->
        table.row(
            each.move().shard(),
            each.move().from(),
            each.move().to(),
            each.copiedBytes(),
            step(each),
            each.move().attempt(),
            each.parts()));
    return Listing.of("shard", json -> write(json, moves)).table(table);
  }

  static String step(ShardMoveStatus status) {
    return status.move().will() == ShardMove.Will.CALLED_OFF
        ? "called off; " + status.step()
        : status.step();
  }

  private static void write(JsonWriter json, List<ShardMoveStatus> moves) throws IOException {
    json.beginArray();
    for (ShardMoveStatus each : moves) {
      json.beginObject();
      write(json, each.move());
      json.name("step").value(each.step());
      json.name("parts").value(each.parts());
      json.name("copied_bytes").value(each.copiedBytes()).endObject();
    }
    json.endArray();
  }

  private static void write(JsonWriter json, ShardMove move) throws IOException {
    json.name("shard").value(move.shard().value());
    json.name("from").value(move.from().value());
    json.name("to").value(move.to().value());
    json.name("attempt").value(move.attempt());
    json.name("called_off").value(move.will() == ShardMove.Will.CALLED_OFF);
  }
}
