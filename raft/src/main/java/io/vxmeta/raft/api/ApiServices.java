package io.vxmeta.raft.api;

import io.grpc.ServerServiceDefinition;
import io.vxmeta.client.v1.GetStatusResponse;
import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.raft.move.ShardMover;
import io.vxmeta.raft.peer.SnapshotDonor;
import io.vxmeta.raft.place.ClusterView;
import io.vxmeta.raft.place.LeadSpread;
import io.vxmeta.raft.place.RootWriter;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.raft.read.ReadGate;
import io.vxmeta.raft.read.ReadTally;
import io.vxmeta.raft.write.Coalescer;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/// The services of a node, put together from what they stand on.
public record ApiServices(ServerServiceDefinition metadata, AdminService admin) {
  /// What the services stand on.
  public record Parts(
      String clusterId,
      NodeId self,
      ClusterView cluster,
      Map<ShardGroupId, ? extends Replica> replicas,
      Map<ShardGroupId, Coalescer> coalescers,
      ReadGate gate,
      ReadTally reads,
      RootWriter rootWriter,
      LeadSpread spread,
      IntFunction<CompletableFuture<Set<NodeId>>> behind,
      Optional<String> restoredFrom,
      ShardMover shardMover,
      Optional<ShardMap> first,
      Supplier<GetStatusResponse> status,
      DiskSpace disk,
      SnapshotDonor snapshots,
      SlowOperations slow) {}

  public static ApiServices of(Parts parts) {
    CallCheck check = new CallCheck(parts.self(), parts.cluster(), parts.replicas().keySet());
    CallErrors errors = new CallErrors(check);
    AnswerStamp stamp = new AnswerStamp(parts.clusterId());
    DiskGuard disk = new DiskGuard(parts.self(), parts.disk());
    NamespaceCatchUp catchUp = new NamespaceCatchUp(parts.gate());
    Spares<ReadQuestion> questions = ReadQuestion.spares();
    MetadataService metadata =
        new MetadataService(
            new ReadCalls(
                questions,
                check,
                catchUp,
                parts.gate(),
                parts.reads(),
                errors,
                stamp,
                parts.cluster()),
            new WriteCalls(
                check, catchUp, parts.replicas(), parts.coalescers(), errors, stamp, disk),
            errors,
            parts.slow());
    return new ApiServices(
        new ReadMethods(questions).in(metadata),
        new AdminService(
            parts.status(),
            parts.cluster(),
            parts.replicas(),
            parts.gate(),
            parts.rootWriter(),
            parts.spread(),
            parts.behind(),
            parts.restoredFrom(),
            parts.shardMover(),
            new ClusterInit(
                parts.clusterId(), parts.gate(), parts.rootWriter(), errors, parts.first()),
            errors,
            disk,
            new SnapshotExport(parts.gate(), parts.snapshots(), errors, disk)));
  }
}
