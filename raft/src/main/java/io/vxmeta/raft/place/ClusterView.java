package io.vxmeta.raft.place;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vxmeta.client.grpc.ShardMapCodec;
import io.vxmeta.client.v1.ReplicaMoveMessage;
import io.vxmeta.client.v1.ShardMapMessage;
import io.vxmeta.client.v1.ShardMoveMessage;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ReplicaMove;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.ShardMove;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.table.RecordView;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// What this node's replica of the root group says: the shard map, the moves that change it, and
/// the namespaces.
public final class ClusterView {
  /* Threads: the root group's apply thread refreshes; everybody reads one volatile, immutable value.
   * The view is as fresh as the local root replica. Who must know of every change acknowledged so far passes the read
   * gate of the root group first.
   */

  /// Keeps one value in memory for each namespace.
  public static final int NAMESPACES_MAX = 1_024;

  /// Names of nodes that were admitted or have left, for ever.
  public static final int NAMES_MAX = 4_096;

  private static final Contents EMPTY =
      new Contents(0, Optional.empty(), Map.of(), Map.of(), Map.of(), List.of(), Map.of());

  private final List<Consumer<ShardMap>> watchers = new CopyOnWriteArrayList<>();
  private volatile Contents contents = EMPTY;

  private record Contents(
      long revision,
      Optional<ShardMap> map,
      Map<String, Integer> namespaces,
      Map<ShardGroupId, ReplicaMove> moves,
      Map<ShardId, ShardMove> shardMoves,
      List<String> origins,
      Map<NodeId, String> incarnations) {}

  public Optional<ShardMap> map() {
    return contents.map();
  }

  /// The shard map and the moves under way, as of one moment.
  public record Plan(ShardMap map, Map<ShardGroupId, ReplicaMove> moves) {
    public Plan {
      moves = Map.copyOf(moves);
    }

    /// Whether a node has, or is to get, a replica of a group.
    public boolean wants(ShardGroupId group, NodeId node) {
      ReplicaMove move = moves.get(group);
      return map.group(group).isOn(node) || (move != null && move.comesTo(node));
    }

    /// Whether a node's replica of a group stays as it is.
    public boolean settled(ShardGroupId group, NodeId node) {
      ReplicaMove move = moves.get(group);
      return map.group(group).isOn(node) && (move == null || !move.concerns(node));
    }
  }

  /// Empty as long as there is no map.
  public Optional<Plan> plan() {
    Contents now = contents;
    return now.map().map(map -> new Plan(map, now.moves()));
  }

  /// The moves of shards that are under way.
  public Map<ShardId, ShardMove> shardMoves() {
    return contents.shardMoves();
  }

  public OptionalInt namespaceId(String name) {
    Integer id = contents.namespaces().get(name);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  public List<String> namespaces() {
    return List.copyOf(contents.namespaces().keySet());
  }

  /// How many names of nodes were admitted so far, or have left.
  public int names() {
    return contents.incarnations().size();
  }

  /// Under which incarnation a name was admitted, or `left`; empty for an initial member that is a
  /// node.
  public Optional<String> incarnation(NodeId node) {
    return Optional.ofNullable(contents.incarnations().get(node));
  }

  /// True for a cluster from whose backup this one was restored, directly or by way of others.
  public boolean comesFrom(String clusterId) {
    return contents.origins().contains(clusterId);
  }

  /// Called with every newer map, on the apply thread: hand over and return. Returns how to stop
  /// watching.
  public Runnable watch(Consumer<ShardMap> watcher) {
    watchers.add(watcher);
    return () -> watchers.remove(watcher);
  }

  /// Reads the root state again if it changed. Called on the root group's apply thread.
  public void refresh(GroupState root) {
    Contents before = contents;
    if (root.revision() == before.revision()) {
      return;
    }
    Optional<ShardMap> map = mapIn(root);
    Listed listed = Listed.of(root);
    contents =
        new Contents(
            root.revision(),
            map,
            Map.copyOf(listed.namespaces),
            Map.copyOf(listed.moves),
            Map.copyOf(listed.shardMoves),
            readOrigins(root),
            Map.copyOf(listed.incarnations));
    map.filter(newer ->
            before.map().isEmpty() || newer.epoch().value() > before.map().get().epoch().value())
        .ifPresent(newer -> watchers.forEach(watcher -> watcher.accept(newer)));
  }

  /// The shard map by the root group's state; none before the cluster has begun.
  public static Optional<ShardMap> mapIn(GroupState root) {
    RecordView view = RootKeys.read(root, RootKeys.map());
    if (!view.found()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          ShardMapCodec.decode(
              ShardMapMessage.parser().parseFrom(view.value(), 0, view.valueLength())));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the root group's shard map can not be read", e);
    }
  }

  static List<String> readOrigins(GroupState root) {
    RecordView view = RootKeys.read(root, RootKeys.origins());
    return view.found()
        ? new String(view.value(), 0, view.valueLength(), StandardCharsets.UTF_8).lines().toList()
        : List.of();
  }

  /// Moves that are under way in a state.
  static Collection<ReplicaMove> readMoves(GroupState root) {
    return Listed.of(root).moves.values();
  }

  /// Names of nodes that are taken in a state, beside those of the initial members.
  static Set<NodeId> readNames(GroupState root) {
    return Listed.of(root).incarnations.keySet();
  }

  static ShardMove shardMove(RecordView view) {
    try {
      return ShardMapCodec.decode(
          ShardMoveMessage.parser().parseFrom(view.value(), 0, view.valueLength()));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("an order of the root group can not be read", e);
    }
  }

  static ReplicaMove move(RecordView view) {
    try {
      return ShardMapCodec.decode(
          ReplicaMoveMessage.parser().parseFrom(view.value(), 0, view.valueLength()));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("an order of the root group can not be read", e);
    }
  }

  /// What the root group lists under one key each.
  private record Listed(
      Map<String, Integer> namespaces,
      Map<ShardGroupId, ReplicaMove> moves,
      Map<ShardId, ShardMove> shardMoves,
      Map<NodeId, String> incarnations) {

    static Listed of(GroupState root) {
      Listed listed =
          new Listed(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
      long cursor = 0;
      while (cursor >= 0) {
        cursor =
            root.reader()
                .scan(
                    ShardId.ROOT.value(),
                    cursor,
                    NAMESPACES_MAX,
                    RecordView.Content.WHOLE,
                    (key, length, record) ->
                        listed.add(
                            new String(
                                key,
                                Limits.NAMESPACE_BYTES,
                                length - Limits.NAMESPACE_BYTES,
                                StandardCharsets.UTF_8),
                            record));
      }
      return listed;
    }

    private void add(String name, RecordView record) {
      if (name.startsWith(RootKeys.NAMESPACE_PREFIX)) {
        namespaces.put(
            name.substring(RootKeys.NAMESPACE_PREFIX.length()),
            ByteBuffer.wrap(record.value()).getInt());
      } else if (name.startsWith(RootKeys.MOVE_PREFIX)) {
        ReplicaMove move = move(record);
        moves.put(move.group(), move);
      } else if (name.startsWith(RootKeys.SHARD_MOVE_PREFIX)) {
        ShardMove move = shardMove(record);
        shardMoves.put(move.shard(), move);
      } else if (name.startsWith(RootKeys.INCARNATION_PREFIX)) {
        incarnations.put(
            new NodeId(name.substring(RootKeys.INCARNATION_PREFIX.length())),
            RootKeys.text(record));
      }
    }
  }
}
