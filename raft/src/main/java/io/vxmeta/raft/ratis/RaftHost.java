package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.Endpoint;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
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
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.util.AtomicFileOutputStream;
import org.apache.ratis.util.ExitUtils;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Ratis server of this process: runs every shard group this node has a replica of.
public final class RaftHost implements AutoCloseable {
  /* Threads: started and closed by the node's main thread, groups come and go on one thread at a time; Ratis brings its own.
   *   `replicas` is a live view.
   * Group ids are name-based UUIDs of cluster id and group number, so nodes of two clusters can not mix: the group is
   *   unknown to the other side.
   * First start: groups are formatted. Later starts: only what the disk holds is recovered; a group that should be there
   *   and is not means a lost or foreign directory, and the start is refused, because an empty replica under an old id
   *   could vote away what it had promised.
   * A group that comes later begins without any members, so it can elect nobody, not even itself; its leader brings it all. What a
   *   removed group leaves on the disk is the caller's.
   */
  private static final Logger LOG = LoggerFactory.getLogger(RaftHost.class);

  private final Start start;
  private final RaftServer server;
  private final Map<RaftGroupId, GroupMachine> machines;
  private final Map<RaftGroupId, RatisReplica> open;
  private final Map<ShardGroupId, RatisReplica> replicas = new ConcurrentHashMap<>();
  private final ClientId clientId = ClientId.randomId();
  private final AtomicLong callIds = new AtomicLong(1);

  private RaftHost(
      Start start,
      RaftServer server,
      Map<RaftGroupId, GroupMachine> machines,
      Map<RaftGroupId, RatisReplica> open) {
    this.start = start;
    this.server = server;
    this.machines = machines;
    this.open = open;
  }

  /// What a group needs to start.
  ///
  /// @param founders empty if it came to this node later
  /// @param onApplyThread runs once on the apply thread, before the first entry
  /// @param onApplied runs there after each entry
  public record Group(
      ShardGroupId id,
      List<Peer> founders,
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
    Map<RaftGroupId, GroupMachine> machines = new ConcurrentHashMap<>();
    for (Group group : start.groups()) {
      if (start.created()) {
        requireOnDisk(start, group);
      }
      machines.put(groupId(start.clusterId(), group.id()), machine(start, group));
    }
    Map<RaftGroupId, RatisReplica> open = new ConcurrentHashMap<>();
    Parameters parameters = new Parameters();
    start
        .certificates()
        .ifPresent(files -> GrpcConfigKeys.TLS.setConf(parameters, mutualTls(files)));
    GrpcConfigKeys.Server.setServicesCustomizer(
        parameters,
        (builder, types) -> {
          NettyServerBuilder own = builder.intercept(new OfferedSnapshots(open));
          return customizer == null ? own : customizer.customize(own, types);
        });
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
      RaftHost host = new RaftHost(start, server, machines, open);
      host.openAll();
      return host;
    } catch (CompletionException e) {
      server.close();
      throw e.getCause() instanceof IOException why ? why : new IOException(e.getCause());
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private static GroupMachine machine(Start start, Group group) {
    return new GroupMachine(
        group.id(),
        group.store(),
        start.snapshots(),
        start.failStop(),
        start.work(),
        start.background(),
        group.onApplyThread(),
        group.onApplied(),
        group.meter());
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
              + ", which this node created before; is a disk not mounted? A node that lost its log"
              + " must join under a new id");
    }
    settleMembers(start, group);
  }

  private static void settleMembers(Start start, Group group) throws IOException {
    MetaFiles.in(LogFiles.of(start.settings().storage(), start.clusterId(), group.id()).directory())
        .settleConfiguration(founders(group).stream().map(RaftPeer::getRaftPeerProto).toList());
  }

  private void openAll() throws IOException {
    List<Group> fresh = new ArrayList<>();
    // Those that run already first: their leaders' offers are refused until they count as open.
    for (Group group : start.groups()) {
      RaftGroupId id = groupId(start.clusterId(), group.id());
      if (start.created() || isPresent(server, id)) {
        var _ = opened(group.id(), id);
      } else {
        fresh.add(group);
      }
    }
    for (Group group : fresh) {
      RaftGroupId id = groupId(start.clusterId(), group.id());
      manage(newAdd(RaftGroup.valueOf(id, founders(group)), Storage.NEW));
      var _ = opened(group.id(), id);
    }
    LOG.info("raft started node={} groups={}", start.node().value(), replicas.keySet());
  }

  private RatisReplica opened(ShardGroupId group, RaftGroupId id) throws IOException {
    RaftServer.Division division = server.getDivision(id);
    LifeCycle.State state = division.getInfo().getLifeCycleState();
    if (state.isClosingOrClosed() || state == LifeCycle.State.EXCEPTION) {
      throw new IOException("group " + group.value() + " did not start: state=" + state);
    }
    RatisReplica replica =
        new RatisReplica(
            group, start.node(), server, division, Objects.requireNonNull(machines.get(id)));
    open.put(id, replica);
    replicas.put(group, replica);
    return replica;
  }

  /// Whether a group's log is on this node's disk already.
  private enum Storage {
    NEW,
    THERE
  }

  private GroupManagementRequest newAdd(RaftGroup group, Storage storage) {
    return GroupManagementRequest.newAdd(
        clientId, server.getId(), callIds.getAndIncrement(), group, storage == Storage.NEW);
  }

  /// Opens a group that came to this node after its first start: without members if nothing of it
  /// is on the disk yet, else with what is there.
  public Replica open(Group group) throws IOException {
    RaftGroupId id = groupId(start.clusterId(), group.id());
    Path directory = LogFiles.directory(start.settings().storage(), start.clusterId(), group.id());
    boolean there = Files.isDirectory(directory.resolve("current"));
    if (there) {
      settleMembers(start, group);
    }
    if (isPresent(server, id)) {
      // An attempt that failed could not be taken back.
      close(group.id());
    }
    machines.put(id, machine(start, group));
    try {
      manage(newAdd(RaftGroup.valueOf(id), there ? Storage.THERE : Storage.NEW));
      return opened(group.id(), id);
    } catch (IOException | RuntimeException e) {
      closeNow(group.id(), e);
      throw e;
    }
  }

  private void closeNow(ShardGroupId group, Exception cause) {
    try {
      close(group);
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  /// Ends a group's replica here; what it has on the disk stays. Returns when nothing of it runs
  /// any more, and only then it is not among the replicas.
  public void close(ShardGroupId group) throws IOException {
    RaftGroupId id = groupId(start.clusterId(), group);
    open.remove(id);
    if (isPresent(server, id)) {
      manage(
          GroupManagementRequest.newRemove(
              clientId, server.getId(), callIds.getAndIncrement(), id, false, false));
    }
    machines.remove(id);
    replicas.remove(group);
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

  private void manage(GroupManagementRequest request) throws IOException {
    RaftClientReply reply = server.groupManagement(request);
    if (!reply.isSuccess()) {
      throw new IOException("cannot open or close a Raft group: " + reply.getException());
    }
  }

  private static List<RaftPeer> founders(Group group) {
    return group.founders().stream().map(RaftHost::peer).toList();
  }

  static RaftPeer peer(Peer peer) {
    return RaftPeer.newBuilder()
        .setId(peer.node().value())
        .setAddress(peer.raft().toString())
        .build();
  }

  static RaftGroupId groupId(String clusterId, ShardGroupId group) {
    return RaftGroupId.valueOf(
        UUID.nameUUIDFromBytes(
            ("vx-meta/" + clusterId + "/" + group.value()).getBytes(StandardCharsets.UTF_8)));
  }

  RaftServer server() {
    return server;
  }

  /// Those of now, at any time.
  public Map<ShardGroupId, ? extends Replica> replicas() {
    return Collections.unmodifiableMap(replicas);
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
