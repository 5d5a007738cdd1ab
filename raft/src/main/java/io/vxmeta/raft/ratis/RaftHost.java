package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.util.AtomicFileOutputStream;
import org.apache.ratis.util.ExitUtils;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Ratis server of this process: starts every shard group this node is a member of.
public final class RaftHost implements AutoCloseable {
  /* Threads: started, asked and closed by the node's main thread; Ratis brings its own.
   * Group ids are name-based UUIDs of cluster id and group number, so nodes of two clusters can not mix: the group is
   *   unknown to the other side.
   * First start: groups are formatted. Later starts: only what the disk holds is recovered; a group that should be there
   *   and is not means a lost or foreign directory, and the start is refused, because an empty replica under an old id
   *   could vote away what it had promised.
   */
  private static final Logger LOG = LoggerFactory.getLogger(RaftHost.class);

  private final RaftServer server;
  private final Map<ShardGroupId, RatisReplica> replicas;

  private RaftHost(RaftServer server, Map<ShardGroupId, RatisReplica> replicas) {
    this.server = server;
    this.replicas = replicas;
  }

  /// What a group needs to start.
  ///
  /// @param onApplyThread runs once on the apply thread, before the first entry
  /// @param onApplied runs there after each entry
  public record Group(
      ShardGroupId id,
      List<Peer> voters,
      GroupStore store,
      Runnable onApplyThread,
      Runnable onApplied,
      ApplyMeter meter) {}

  public record Peer(NodeId node, Endpoint raft) {}

  /// PEM files for mutual TLS between nodes.
  public record Certificates(Path certificate, Path key, Path authority) {}

  /// Everything the server is started with.
  ///
  /// @param created true when this node has formatted its groups before
  /// @param work releases waiting reads
  /// @param background writes snapshots
  public record Start(
      String clusterId,
      NodeId node,
      RatisSettings settings,
      List<Group> groups,
      boolean created,
      SnapshotSource snapshots,
      Optional<Certificates> certificates,
      FailStop failStop,
      Executor work,
      Executor background) {}

  public static RaftHost start(Start start) throws IOException {
    return start(start, null);
  }

  /// The vote file survives a full disk only with our class, which must come first on the class
  /// path.
  private static void requireOwnAtomicFiles() {
    String loaded = place(AtomicFileOutputStream.class);
    String ours = place(RaftHost.class);
    if (!loaded.equals(ours)) {
      throw new IllegalStateException(
          "expected the atomic file of vx-meta, whose vote file survives a full disk: loaded="
              + loaded
              + " expected="
              + ours
              + "; put vx-meta-raft before ratis-common on the class path");
    }
  }

  /// The jar or folder of a class. Not by its code source: a JVM that starts from a cache of jars
  /// that were moved since knows none.
  private static String place(Class<?> type) {
    String file = "/" + type.getName().replace('.', '/') + ".class";
    String url = Objects.requireNonNull(type.getResource(file), file).toString();
    return url.substring(0, url.length() - file.length());
  }

  /// With a hook into the gRPC services between nodes, through which tests cut links.
  static RaftHost start(Start start, GrpcServices.@Nullable Customizer customizer)
      throws IOException {
    ExitUtils.disableSystemExit();
    requireOwnAtomicFiles();
    RaftProperties properties = start.settings().properties();
    List<String> broken = RatisSettings.broken(properties);
    if (!broken.isEmpty()) {
      throw new IllegalStateException("unsafe Ratis settings: " + String.join("; ", broken));
    }
    Map<RaftGroupId, GroupMachine> machines = new HashMap<>();
    for (Group group : start.groups()) {
      if (start.created()) {
        requireOnDisk(start, group);
      }
      machines.put(
          groupId(start.clusterId(), group.id()),
          new GroupMachine(
              group.id(),
              group.store(),
              start.snapshots(),
              start.failStop(),
              start.work(),
              start.background(),
              group.onApplyThread(),
              group.onApplied(),
              group.meter()));
    }
    Parameters parameters = new Parameters();
    start
        .certificates()
        .ifPresent(files -> GrpcConfigKeys.TLS.setConf(parameters, mutualTls(files)));
    if (customizer != null) {
      GrpcConfigKeys.Server.setServicesCustomizer(parameters, customizer);
    }
    RaftServer server =
        RaftServer.newBuilder()
            .setServerId(RaftPeerId.valueOf(start.node().value()))
            .setProperties(properties)
            .setParameters(parameters)
            .setOption(RaftStorage.StartupOption.RECOVER)
            .setStateMachineRegistry(id -> known(machines, id))
            .build();
    try {
      server.start();
      return new RaftHost(server, replicas(start, server, machines));
    } catch (CompletionException e) {
      server.close();
      throw e.getCause() instanceof IOException why ? why : new IOException(e.getCause());
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static GrpcTlsConfig mutualTls(Certificates files) {
    return new GrpcTlsConfig(
        files.key().toFile(), files.certificate().toFile(), files.authority().toFile(), true);
  }

  private static GroupMachine known(Map<RaftGroupId, GroupMachine> machines, RaftGroupId id) {
    GroupMachine machine = machines.get(id);
    if (machine == null) {
      throw new IllegalStateException(
          "the data directory holds a Raft group this node is not a member of: group="
              + id
              + "; it belongs to another cluster or was moved here by hand");
    }
    return machine;
  }

  private static void requireOnDisk(Start start, Group group) throws IOException {
    Path directory = LogFiles.directory(start.settings().storage(), start.clusterId(), group.id());
    if (!Files.isDirectory(directory.resolve("current"))) {
      throw new IllegalStateException(
          "expected the log of group "
              + group.id().value()
              + " at "
              + directory
              + ", which this node created before; is a disk not mounted? A node that lost its log must join under a new id");
    }
    MetaFiles.in(directory.resolve("current"))
        .settleConfiguration(peers(group).stream().map(RaftPeer::getRaftPeerProto).toList());
  }

  private static Map<ShardGroupId, RatisReplica> replicas(
      Start start, RaftServer server, Map<RaftGroupId, GroupMachine> machines) throws IOException {
    Map<ShardGroupId, RatisReplica> replicas = new HashMap<>();
    ClientId self = ClientId.randomId();
    long callId = 1;
    for (Group group : start.groups()) {
      RaftGroupId id = groupId(start.clusterId(), group.id());
      if (!start.created() && !isPresent(server, id)) {
        add(
            server,
            GroupManagementRequest.newAdd(self, server.getId(), callId++, raftGroup(id, group)));
      }
      RaftServer.Division division = server.getDivision(id);
      LifeCycle.State state = division.getInfo().getLifeCycleState();
      if (state.isClosingOrClosed() || state == LifeCycle.State.EXCEPTION) {
        throw new IOException("group " + group.id().value() + " did not start: state=" + state);
      }
      replicas.put(
          group.id(),
          new RatisReplica(
              group.id(),
              start.node(),
              server,
              division,
              Objects.requireNonNull(machines.get(id))));
    }
    LOG.info("raft started node={} groups={}", start.node().value(), replicas.keySet());
    return Map.copyOf(replicas);
  }

  /// A start that died half way may have created this group already; its disk was recovered then.
  private static boolean isPresent(RaftServer server, RaftGroupId id) {
    for (RaftGroupId present : server.getGroupIds()) {
      if (present.equals(id)) {
        return true;
      }
    }
    return false;
  }

  private static void add(RaftServer server, GroupManagementRequest request) throws IOException {
    RaftClientReply reply = server.groupManagement(request);
    if (!reply.isSuccess()) {
      throw new IOException("cannot create a Raft group: " + reply.getException());
    }
  }

  private static RaftGroup raftGroup(RaftGroupId id, Group group) {
    return RaftGroup.valueOf(id, peers(group));
  }

  private static List<RaftPeer> peers(Group group) {
    return group.voters().stream()
        .map(peer ->
            RaftPeer.newBuilder()
                .setId(peer.node().value())
                .setAddress(peer.raft().toString())
                .build())
        .toList();
  }

  static RaftGroupId groupId(String clusterId, ShardGroupId group) {
    return RaftGroupId.valueOf(
        UUID.nameUUIDFromBytes(
            ("vx-meta/" + clusterId + "/" + group.value()).getBytes(StandardCharsets.UTF_8)));
  }

  RaftServer server() {
    return server;
  }

  public Map<ShardGroupId, ? extends Replica> replicas() {
    return replicas;
  }

  /// What made Ratis want to end the process, if anything did. It is kept from exiting by itself,
  /// so somebody must look.
  public static Optional<Throwable> terminated() {
    return ExitUtils.isTerminated()
        ? Optional.of(ExitUtils.getFirstExitException())
        : Optional.empty();
  }

  /// Closes Raft's connections to a node; the next thing it is told goes over new ones. Returns
  /// when they are closed, ten seconds at most.
  public void connectAnew(NodeId node) {
    server
        .getServerRpc()
        .handleException(
            RaftPeerId.valueOf(node.value()), new IOException("the connections are silent"), true);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
