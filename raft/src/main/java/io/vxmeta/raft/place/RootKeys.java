package io.vxmeta.raft.place;

import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.MultiGet;
import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.table.RecordView;
import java.nio.charset.StandardCharsets;

/// The root group's keys, all in a namespace that no user's name can reach.
public final class RootKeys {
  /// The highest namespace id; users' namespaces are numbered from 1 and stay below.
  public static final int SYSTEM_NAMESPACE = Limits.NAMESPACE_ID_MAX;

  static final String NAMESPACE_PREFIX = "namespace/";
  static final String MOVE_PREFIX = "move/";
  static final String SHARD_MOVE_PREFIX = "shard-move/";
  static final String INCARNATION_PREFIX = "incarnation/";

  private RootKeys() {}

  /// Value: the shard map as a ShardMapMessage.
  static byte[] map() {
    return key("shard-map");
  }

  /// Value: ids of the clusters that this one was restored from, a line each, the oldest first.
  static byte[] origins() {
    return key("origins");
  }

  /// Value: the id last given to a namespace, 4 bytes big-endian.
  static byte[] lastNamespaceId() {
    return key("last-namespace-id");
  }

  /// Value: the namespace's id, 4 bytes big-endian.
  static byte[] namespace(String name) {
    return key(NAMESPACE_PREFIX + name);
  }

  /// Value: the move of a replica of the group that is under way, as a ReplicaMoveMessage.
  static byte[] move(ShardGroupId group) {
    return key(MOVE_PREFIX + group.value());
  }

  /// Value: the move of the shard that is under way, as a ShardMoveMessage.
  static byte[] shardMove(ShardId shard) {
    return key(SHARD_MOVE_PREFIX + shard.value());
  }

  /// Value: the number last given to an attempt to move a shard, 8 bytes big-endian.
  static byte[] lastShardAttempt() {
    return key("last-shard-attempt");
  }

  /// Value: under which incarnation the name was admitted, or `left` once no node has it any more.
  /// Initial members have none while they are nodes.
  static byte[] incarnation(NodeId node) {
    return key(INCARNATION_PREFIX + node.value());
  }

  /// What the root group's state holds under a key.
  static RecordView read(GroupState root, byte[] key) {
    byte[] tableKey = tableKey(key);
    MultiGet get = MultiGet.whole();
    get.add(ShardId.ROOT.value(), tableKey, 0, tableKey.length);
    root.reader().read(get);
    return get.record(0);
  }

  /// A value that is text.
  static String text(RecordView view) {
    return new String(view.value(), 0, view.valueLength(), StandardCharsets.UTF_8);
  }

  /// The key as tables store it: behind its namespace id.
  private static byte[] tableKey(byte[] key) {
    byte[] tableKey = new byte[Limits.NAMESPACE_BYTES + key.length];
    tableKey[0] = (byte) SYSTEM_NAMESPACE;
    tableKey[1] = (byte) (SYSTEM_NAMESPACE >>> 8);
    System.arraycopy(key, 0, tableKey, Limits.NAMESPACE_BYTES, key.length);
    return tableKey;
  }

  private static byte[] key(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
