package io.vxmeta.raft.api;

import com.google.protobuf.ByteString;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.Producer;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Node;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.Limits;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Checks a data call completely before anything is done: sizes, namespace, header, epoch, shard
/// group, node.
final class CallCheck {
  /* Threads: any; no state. Everything that can be wrong with a request is found here, so that nothing invalid reaches
   * the log, where it could not be refused any more.
   */
  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  /// By number: a read asks for the group of each of its keys' shards.
  private static final List<ShardId> SHARDS =
      IntStream.range(0, ShardId.COUNT).mapToObj(ShardId::new).toList();

  static final int SCAN_PAGE_DEFAULT = 1_000;
  static final int SCAN_PAGE_MAX = 10_000;
  static final long STALENESS_MS_MAX = 600_000;

  private final NodeId self;
  private final ClusterView cluster;
  private final Set<ShardGroupId> hosted;

  CallCheck(NodeId self, ClusterView cluster, Set<ShardGroupId> hosted) {
    this.self = self;
    this.cluster = cluster;
    this.hosted = hosted;
  }

  /// A read that may be carried out: its question has table keys and shards now, all of one group.
  record CheckedRead(ShardGroupId group, int firstShard, Epoch mapEpoch) {}

  /// A transaction that may be submitted, and the namespace whose share of the write path it uses.
  record CheckedWrite(
      ShardGroupId group,
      int firstShard,
      int namespace,
      EncodedTransaction transaction,
      Epoch mapEpoch) {}

  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  record CheckedScan(
      ShardGroupId group, int shard, byte[] tablePrefix, int pageSize, Epoch mapEpoch) {}

  CheckedRead read(ReadQuestion question, RouteHeader header) {
    int namespace = namespaceId(question.namespace());
    int count = question.keys();
    if (count == 0) {
      throw Refusal.invalid("keys", "1.." + Limits.READ_KEYS_MAX + " keys", 0);
    }
    if (count > Limits.READ_KEYS_MAX) {
      throw Refusal.limit("keys", Limits.READ_KEYS_MAX, count);
    }
    Routing routing = new Routing(question.namespace(), header);
    for (int i = 0; i < count; i++) {
      int length = question.keyLength(i);
      if (length == 0 || length > Limits.KEY_BYTES_MAX) {
        throw keyLength("keys[" + i + "]", length);
      }
      int shard = question.shardOf(i);
      routing.add(shard);
      question.place(i, namespace, shard);
    }
    return new CheckedRead(routing.group(), routing.firstShard, routing.map.epoch());
  }

  CheckedWrite write(WriteRequest request, RouteHeader header) {
    int namespace = namespaceId(request.getNamespace());
    WriteCheck.requireCounts(request);
    Routing routing =
        request.getProducer().hasGroup()
            ? new Routing(request.getNamespace(), header, numberedFor(request.getProducer()))
            : new Routing(request.getNamespace(), header);
    EncodedTransaction transaction = new WriteCheck(namespace, routing::shardOf).encode(request);
    if (!request.getProducer().hasGroup()) {
      routing.requireNoneMoved();
    }
    return new CheckedWrite(
        routing.group(), routing.firstShard, namespace, transaction, routing.map.epoch());
  }

  /// The group whose sequence it is, wherever the keys' shards are: it alone knows what became of
  /// it.
  private static ShardGroupId numberedFor(Producer producer) {
    if (producer.getGroup() <= 0) {
      throw Refusal.invalid(
          "producer.group",
          "the data group that the sequence was made for",
          Integer.toUnsignedLong(producer.getGroup()));
    }
    return new ShardGroupId(producer.getGroup());
  }

  CheckedScan scan(ScanRequest request, RouteHeader header) {
    int namespace = namespaceId(request.getNamespace());
    if (request.getShard() < 0 || request.getShard() >= ShardId.COUNT) {
      throw Refusal.invalid(
          "shard", "0.." + (ShardId.COUNT - 1), Integer.toUnsignedLong(request.getShard()));
    }
    if (Integer.compareUnsigned(request.getPageSize(), SCAN_PAGE_MAX) > 0) {
      throw Refusal.limit(
          "page_size", SCAN_PAGE_MAX, Integer.toUnsignedLong(request.getPageSize()));
    }
    if (request.getPrefix().size() > Limits.KEY_BYTES_MAX) {
      throw Refusal.limit("prefix bytes", Limits.KEY_BYTES_MAX, request.getPrefix().size());
    }
    ShardId shard = new ShardId(request.getShard());
    ShardMap map = map(header);
    if (header.shard().isPresent() && !header.namesShard(shard.value())) {
      throw wrongHeader(header, shard.value());
    }
    ShardGroupId group = hosted(map, shard);
    return new CheckedScan(
        group,
        shard.value(),
        tableKey(namespace, request.getPrefix().toByteArray()),
        request.getPageSize() == 0 ? SCAN_PAGE_DEFAULT : request.getPageSize(),
        map.epoch());
  }

  static void requireNamespaceName(String name) {
    if (!NAMESPACE.matcher(name).matches()) {
      throw Refusal.invalid(
          "namespace", "1..64 of [a-z0-9._-], starting with a letter or digit", "'" + name + "'");
    }
  }

  private int namespaceId(String name) {
    OptionalInt id = cluster.namespaceId(name);
    if (id.isEmpty()) {
      requireNamespaceName(name);
      throw new UnknownNamespace(name);
    }
    return id.getAsInt();
  }

  /// Not known here. The caller makes sure that this replica of the root group is not merely
  /// behind.
  static final class UnknownNamespace extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String name;

    UnknownNamespace(String name) {
      super(name, null, false, false);
      this.name = name;
    }

    Refusal refusal() {
      return Refusal.of(
          ErrorReason.UNKNOWN_NAMESPACE,
          "expected a namespace that was created; namespace="
              + name
              + "; create it: vxctl namespace create "
              + name,
          "namespace",
          name);
    }
  }

  static byte[] key(String field, ByteString key) {
    if (key.isEmpty() || key.size() > Limits.KEY_BYTES_MAX) {
      throw keyLength(field, key.size());
    }
    return key.toByteArray();
  }

  private static Refusal keyLength(String field, int bytes) {
    return bytes == 0
        ? Refusal.invalid(field, "a key of 1.." + Limits.KEY_BYTES_MAX + " bytes", "0 bytes")
        : Refusal.limit(field + " bytes", Limits.KEY_BYTES_MAX, bytes);
  }

  private static byte[] tableKey(int namespace, byte[] key) {
    byte[] tableKey = new byte[Limits.NAMESPACE_BYTES + key.length];
    tableKey[0] = (byte) namespace;
    tableKey[1] = (byte) (namespace >>> 8);
    System.arraycopy(key, 0, tableKey, Limits.NAMESPACE_BYTES, key.length);
    return tableKey;
  }

  private ShardMap map(RouteHeader header) {
    ShardMap map =
        cluster
            .map()
            .orElseThrow(() ->
                Refusal.of(
                    ErrorReason.NOT_READY,
                    AdminService.NO_MAP,
                    "group",
                    ShardGroupId.ROOT.value(),
                    "reason",
                    "no shard map"));
    if (header.mapEpoch().isEmpty()) {
      return map;
    }
    Epoch callers = epoch(header.mapEpoch().get());
    if (callers.value() < map.epoch().value()) {
      throw Refusal.of(
          ErrorReason.WRONG_EPOCH,
          "the caller's shard map is older than this node's; map_epoch="
              + callers.value()
              + " node_epoch="
              + map.epoch().value()
              + "; fetch the map and send again",
          "map_epoch",
          callers.value(),
          "node_epoch",
          map.epoch().value());
    }
    if (callers.value() > map.epoch().value()) {
      throw mapBehind("map_epoch", callers.value(), map.epoch());
    }
    return map;
  }

  /// @param whose name of the epoch that the caller goes by
  static Refusal mapBehind(String whose, long callers, Epoch nodes) {
    return Refusal.of(
        ErrorReason.NOT_READY,
        "this node's shard map is older than the caller's; "
            + whose
            + "="
            + Long.toUnsignedString(callers)
            + " node_epoch="
            + nodes.value()
            + "; retry",
        "group",
        ShardGroupId.ROOT.value(),
        "reason",
        "shard map behind");
  }

  private static Epoch epoch(String text) {
    try {
      return new Epoch(Long.parseLong(text));
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("x-vx-meta-map-epoch", "a decimal epoch", text);
    }
  }

  private ShardGroupId hosted(ShardMap map, ShardId shard) {
    return hosted(map, shard, map.groupOf(shard));
  }

  private ShardGroupId hosted(ShardMap map, ShardId shard, ShardGroupId group) {
    if (hosted.contains(group)) {
      return group;
    }
    if (map.findGroup(group).isEmpty()) {
      throw Refusal.invalid(
          "producer.group",
          "one of " + map.dataGroups().stream().map(ShardGroup::id).toList(),
          group);
    }
    String endpoints =
        map.group(group).replicas().stream()
            .flatMap(replica -> map.node(replica.node()).clientEndpoints().stream())
            .map(Endpoint::toString)
            .collect(Collectors.joining(","));
    throw Refusal.of(
        ErrorReason.WRONG_NODE,
        "this node holds no replica of the shard; node="
            + self.value()
            + " shard="
            + shard.value()
            + " group="
            + group.value()
            + "; go to one of "
            + endpoints,
        "shard",
        shard.value(),
        "group",
        group.value(),
        "map_epoch",
        map.epoch().value(),
        "endpoints",
        endpoints);
  }

  private static Refusal wrongHeader(RouteHeader header, int expected) {
    String sent = header.shard().orElse("none");
    return Refusal.of(
        ErrorReason.WRONG_SHARD_HEADER,
        "expected the shard of the call's first key in x-vx-meta-shard; header="
            + sent
            + " expected="
            + expected
            + "; hash the key as documented",
        "header",
        sent,
        "expected",
        expected,
        "shards",
        expected);
  }

  /// Endpoints of a node for its callers, if the map knows it.
  Optional<String> clientEndpoint(NodeId node) {
    return cluster
        .map()
        .flatMap(map -> map.nodes().stream().filter(each -> each.id().equals(node)).findFirst())
        .map(Node::clientEndpoints)
        .map(endpoints -> endpoints.get(0).toString());
  }

  /// Where the keys of one call go: the first must match the header, the rest the first's group,
  /// unless the call names its group itself.
  private final class Routing {
    private final byte[] namespace;
    private final RouteHeader header;
    private final ShardMap map;
    private final Optional<ShardGroupId> named;
    private int firstShard = -1;
    private int movedShard = -1;
    private ShardGroupId group = ShardGroupId.ROOT;

    Routing(String namespace, RouteHeader header) {
      this(namespace, header, Optional.empty());
    }

    Routing(String namespace, RouteHeader header, ShardGroupId named) {
      this(namespace, header, Optional.of(named));
    }

    private Routing(String namespace, RouteHeader header, Optional<ShardGroupId> named) {
      this.namespace = namespace.getBytes(StandardCharsets.UTF_8);
      this.header = header;
      this.named = named;
      this.map = map(header);
    }

    /// Of a call that names no group. It may be a repetition under a sequence of the shard's former
    /// group, which would happen twice here.
    void requireNoneMoved() {
      if (movedShard >= 0) {
        throw Refusal.of(
            ErrorReason.INVALID_REQUEST,
            "expected a sequence that says for which group it was made, because the shard has moved between"
                + " groups; shard="
                + movedShard
                + "; set producer.group, or use a client of this release",
            "field",
            "producer.group",
            "expected",
            "the group that the sequence was made for",
            "actual",
            "none");
      }
    }

    ShardGroupId group() {
      return group;
    }

    int shardOf(byte[] key) {
      int shard = ShardHash.shardOf(namespace, key, 0, key.length);
      add(shard);
      if (map.wasMoved(SHARDS.get(shard))) {
        movedShard = shard;
      }
      return shard;
    }

    /// The next key's shard.
    void add(int shard) {
      if (firstShard < 0) {
        requireHeader(shard);
        firstShard = shard;
        group =
            named.isPresent()
                ? hosted(map, SHARDS.get(shard), named.get())
                : hosted(map, SHARDS.get(shard));
      } else if (shard != firstShard && named.isEmpty()) {
        requireSameGroup(shard);
      }
    }

    private void requireHeader(int shard) {
      if (header.names() == RouteHeader.Names.FIRST_MESSAGE) {
        return;
      }
      if (header.shard().isEmpty()) {
        throw Refusal.of(
            ErrorReason.MISSING_SHARD_HEADER,
            "expected the header x-vx-meta-shard: " + shard + "; send the shard of the first key",
            "expected",
            shard);
      }
      if (!header.namesShard(shard)) {
        throw wrongHeader(header, shard);
      }
    }

    private void requireSameGroup(int shard) {
      ShardGroupId other = map.groupOf(SHARDS.get(shard));
      if (!other.equals(group)) {
        throw Refusal.of(
            ErrorReason.CROSS_GROUP,
            "expected keys of one shard group; shard_a="
                + firstShard
                + " group_a="
                + group.value()
                + " shard_b="
                + shard
                + " group_b="
                + other.value()
                + "; split the call by shard group, or give the keys a common hash tag",
            "shard_a",
            firstShard,
            "group_a",
            group.value(),
            "shard_b",
            shard,
            "group_b",
            other.value());
      }
    }
  }
}
