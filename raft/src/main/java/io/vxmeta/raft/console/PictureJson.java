package io.vxmeta.raft.console;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.raft.console.LatencySketch.Window;
import io.vxmeta.raft.console.Picture.FollowerSight;
import io.vxmeta.raft.console.Picture.GroupSight;
import io.vxmeta.raft.console.Picture.NodeSight;
import io.vxmeta.raft.console.Picture.Operation;
import io.vxmeta.raft.console.Picture.ReplicaSight;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.TableUsage;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// Writes a picture as the one-line JSON document that docs/console.md describes.
final class PictureJson {
  /* What is not known is left out, never null or 0. Names come from outside: the writer escapes quotes, line ends and all
   * that means something in HTML. */

  private static final int FORMAT = 1;
  private static final int DOCUMENT_CHARS = 16_384;
  private static final double NANOS_PER_MICRO = 1_000;

  private final Console.Speaker speaker;
  private final StringWriter text = new StringWriter(DOCUMENT_CHARS);
  private final JsonWriter json = new JsonWriter(text);

  private PictureJson(Console.Speaker speaker) {
    this.speaker = speaker;
    json.setHtmlSafe(true);
  }

  static String of(Console.Speaker speaker, Picture picture) {
    try {
      PictureJson writer = new PictureJson(speaker);
      writer.write(picture);
      return writer.text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(Picture picture) throws IOException {
    json.beginObject();
    json.name("format").value(FORMAT);
    json.name("cluster").value(speaker.clusterId());
    json.name("node").value(speaker.node().value());
    json.name("version").value(speaker.version());
    json.name("timeMs").value(picture.timeMs());
    json.name("uptimeMs").value(picture.uptimeMs());
    json.name("ready").value(picture.notReady().isEmpty());
    if (picture.notReady().isPresent()) {
      json.name("notReady").value(picture.notReady().get());
    }
    json.name("nodes").beginArray();
    for (NodeSight node : picture.nodes()) {
      node(node);
    }
    json.endArray();
    json.name("groups").beginArray();
    for (GroupSight group : picture.groups()) {
      group(group);
    }
    json.endArray();
    if (picture.map().isPresent()) {
      shards(picture.map().get(), picture.groups());
    }
    latency(picture.latency());
    json.name("operations").beginArray();
    for (Operation operation : picture.operations()) {
      json.beginObject();
      json.name("kind").value(word(operation.kind()));
      json.name("text").value(operation.text());
      json.endObject();
    }
    json.endArray();
    json.name("events").beginArray();
    for (Chronicle.Event event : picture.events()) {
      json.beginObject();
      json.name("number").value(event.number());
      json.name("atMs").value(event.atMs());
      json.name("kind").value(word(event.kind()));
      json.name("text").value(event.text());
      json.endObject();
    }
    json.endArray();
    json.endObject();
  }

  private void node(NodeSight sight) throws IOException {
    Node node = sight.node();
    json.beginObject();
    json.name("name").value(node.id().value());
    json.name("zone").value(node.zone());
    json.name("endpoints").beginArray();
    for (Endpoint endpoint : node.clientEndpoints()) {
      json.value(endpoint.toString());
    }
    json.endArray();
    json.name("duty").value(word(node.duty()));
    json.name("line").value(word(sight.line().state()));
    known("silentMs", sight.line().silentMs());
    known("behind", sight.line().behind());
    json.name("leads").beginArray();
    for (ShardGroupId group : sight.leads()) {
      json.value(group.value());
    }
    json.endArray();
    json.name("holds").value(sight.holds());
    json.endObject();
  }

  private void known(String name, OptionalLong value) throws IOException {
    if (value.isPresent()) {
      json.name(name).value(value.getAsLong());
    }
  }

  private void group(GroupSight sight) throws IOException {
    json.beginObject();
    json.name("id").value(sight.group().id().value());
    json.name("shards").value(sight.shards().size());
    json.name("voters").beginArray();
    for (NodeId voter : sight.group().voters()) {
      json.value(voter.value());
    }
    json.endArray();
    if (sight.leader().isPresent()) {
      json.name("leader").value(sight.leader().get().value());
    }
    if (sight.replica().isPresent()) {
      json.name("replica");
      replica(sight.replica().get());
    }
    json.endObject();
  }

  private void replica(ReplicaSight replica) throws IOException {
    json.beginObject();
    json.name("role").value(word(replica.role()));
    json.name("term").value(replica.term());
    json.name("committed").value(replica.committed());
    json.name("applied").value(replica.applied());
    json.name("lag").value(replica.lag());
    json.name("snapshot").value(replica.snapshotIndex());
    if (replica.tables().isPresent()) {
      json.name("revision").value(replica.revision());
      tables(replica.tables().get().values());
    }
    json.name("followers").beginArray();
    for (FollowerSight follower : replica.followers()) {
      json.beginObject();
      json.name("node").value(follower.node().value());
      json.name("behind").value(follower.behind());
      json.name("silentMs").value(follower.silentMs());
      json.endObject();
    }
    json.endArray();
    json.endObject();
  }

  private void tables(Collection<TableUsage> tables) throws IOException {
    json.name("records").value(tables.stream().mapToLong(TableUsage::records).sum());
    json.name("bytes").value(tables.stream().mapToLong(TableUsage::liveBytes).sum());
    json.name("segments").value(tables.stream().mapToLong(TableUsage::segments).sum());
    json.name("dirty").value(tables.stream().mapToLong(TableUsage::dirtySegments).sum());
  }

  private void shards(ShardMap map, Collection<GroupSight> groups) throws IOException {
    json.name("epoch").value(map.epoch().value());
    json.name("shards").beginArray();
    for (int number = 0; number < ShardId.COUNT; number++) {
      ShardGroupId group = map.groupOf(new ShardId(number));
      json.beginObject();
      json.name("group").value(group.value());
      Optional<TableUsage> table = table(group, number, groups);
      if (table.isPresent()) {
        json.name("changes").value(table.get().changes());
        json.name("records").value(table.get().records());
        json.name("bytes").value(table.get().liveBytes());
        json.name("segments").value(table.get().segments());
        json.name("dirty").value(table.get().dirtySegments());
      }
      json.endObject();
    }
    json.endArray();
  }

  private static Optional<TableUsage> table(
      ShardGroupId group, int shard, Collection<GroupSight> groups) {
    return groups.stream()
        .filter(sight -> sight.group().id().equals(group))
        .findFirst()
        .flatMap(GroupSight::replica)
        .flatMap(ReplicaSight::tables)
        .flatMap(tables -> Optional.ofNullable(tables.get(shard)));
  }

  private void latency(Latencies.Second second) throws IOException {
    json.name("transactions").value(second.transactions());
    json.name("barrierReads").value(second.reads());
    json.name("latency").beginObject();
    window("commit", second.commit());
    window("barrier", second.barrier());
    window("apply", second.apply());
    json.endObject();
  }

  private void window(String name, Window window) throws IOException {
    json.name(name).beginObject();
    json.name("count").value(window.count());
    if (window.count() > 0) {
      json.name("p50Us").value(window.p50Nanos() / NANOS_PER_MICRO);
      json.name("p99Us").value(window.p99Nanos() / NANOS_PER_MICRO);
      json.name("maxUs").value(window.maxNanos() / NANOS_PER_MICRO);
    }
    json.endObject();
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
