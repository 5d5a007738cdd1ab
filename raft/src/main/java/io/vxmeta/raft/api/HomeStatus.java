package io.vxmeta.raft.api;

import io.vxmeta.client.v1.ApplyThread;
import io.vxmeta.client.v1.NumaDomainStatus;
import io.vxmeta.client.v1.ReplicaHome;
import io.vxmeta.raft.numa.GroupHomes;
import io.vxmeta.raft.numa.Home;
import io.vxmeta.raft.numa.MachineTopology;
import io.vxmeta.raft.numa.MachineTopology.Domain;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.os.IdSet;
import java.util.List;
import java.util.Optional;

/// What a node says of its machine's domains and of who lives where.
final class HomeStatus {

  private HomeStatus() {}

  static List<NumaDomainStatus> domains(GroupHomes homes) {
    return homes.topology().map(MachineTopology::domains).orElse(List.of()).stream()
        .map(domain -> of(domain, homes))
        .toList();
  }

  private static NumaDomainStatus of(Domain domain, GroupHomes homes) {
    IdSet bound =
        homes.homes().stream()
            .filter(home -> home.domain().equals(domain.id()))
            .map(Home::cpus)
            .findFirst()
            .orElse(IdSet.EMPTY);
    return NumaDomainStatus.newBuilder()
        .setDomain(domain.id().value())
        .setCpus(list(domain.cpus()))
        .setBoundCpus(list(bound))
        .setMemoryBytes(domain.memoryBytes())
        .addAllDistances(domain.distances())
        .build();
  }

  private static String list(IdSet cpus) {
    return cpus.isEmpty() ? "" : cpus.toString();
  }

  /// Empty if the group lives wherever the kernel puts it.
  static Optional<ReplicaHome> of(GroupHomes homes, ShardGroupId group) {
    return homes
        .of(group)
        .map(home ->
            ReplicaHome.newBuilder()
                .setDomain(home.domain().value())
                .setMemoryDomain(home.memory().value())
                .setApplyThread(
                    switch (homes.applyThread(group)) {
                      case ANYWHERE -> ApplyThread.APPLY_THREAD_UNSPECIFIED;
                      case NOT_SEEN -> ApplyThread.APPLY_THREAD_NOT_SEEN;
                      case PINNED -> ApplyThread.APPLY_THREAD_PINNED;
                      case REFUSED -> ApplyThread.APPLY_THREAD_REFUSED;
                    })
                .build());
  }
}
