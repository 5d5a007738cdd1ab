package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.client.v1.ApplyThread;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.GetStatusRequest;
import io.vxmeta.client.v1.GetStatusResponse;
import io.vxmeta.client.v1.ReplicaStatus;
import io.vxmeta.raft.numa.MadeSysfs;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.statemachine.os.IdSet;
import io.vxmeta.statemachine.os.ThreadAffinity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// A node on a machine with two domains, by the kernel's own word about its threads and memory.
final class BoundNodeTest {
  /* The domains are made up of this machine's first CPU and its last. Thread names are those of /proc, cut to 15 characters. */

  private static final Path SELF = Path.of("/proc/self");
  private static final String CPUS = "Cpus_allowed_list:";

  @TempDir private Path directory;

  private record OsThread(String name, IdSet cpus) {}

  private static List<OsThread> threads() throws IOException {
    List<OsThread> threads = new ArrayList<>();
    try (Stream<Path> tasks = Files.list(SELF.resolve("task"))) {
      for (Path task : tasks.toList()) {
        try {
          String name = Files.readString(task.resolve("comm")).strip();
          Files.readAllLines(task.resolve("status")).stream()
              .filter(line -> line.startsWith(CPUS))
              .map(line -> IdSet.parse(line.substring(CPUS.length())))
              .forEach(cpus -> threads.add(new OsThread(name, cpus)));
        } catch (IOException _) {
          // The thread has ended.
        }
      }
    }
    return threads;
  }

  private static List<OsThread> named(String prefix) throws IOException {
    return threads().stream().filter(thread -> thread.name().startsWith(prefix)).toList();
  }

  /// Whether there are such threads, which are made by the first call, and all run on these CPUs.
  private static boolean isKept(String prefix, IdSet cpus) throws IOException {
    List<OsThread> threads = named(prefix);
    return !threads.isEmpty() && threads.stream().allMatch(each -> each.cpus().equals(cpus));
  }

  private static void write(TestCluster cluster, NodeId node, int count) {
    for (int i = 1; i <= count; i++) {
      String key = "key-" + i;
      var _ =
          Calls.write(cluster.channel(node), key, Calls.put(key, "value", Calls.producer(1, i)));
    }
  }

  private static GetStatusResponse status(TestCluster cluster) {
    return ClusterAdminGrpc.newBlockingStub(cluster.channel(cluster.nodes().getFirst()))
        .withDeadlineAfter(1, TimeUnit.MINUTES)
        .getStatus(GetStatusRequest.getDefaultInstance());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aNodeOnAMachineOfOneDomainBindsNothing() throws IOException {
    IdSet all = ThreadAffinity.ofSystem().allowed().orElseThrow();
    Path sysfs =
        MadeSysfs.in(directory.resolve("sys"), "0-4095").domain(0, all.toString(), 8, "10").root();
    try (TestCluster cluster = TestCluster.ofOneOn(sysfs, directory.resolve("data"))) {
      cluster.awaitReady();
      write(cluster, cluster.nodes().getFirst(), 20);

      List<OsThread> threads = named("node-1@group");
      assertTrue(threads.size() > 3, threads.toString());
      assertTrue(
          threads.stream().allMatch(thread -> thread.cpus().equals(all)), threads.toString());
      GetStatusResponse status = status(cluster);
      assertEquals(1, status.getNumaDomainsCount());
      assertEquals(all.toString(), status.getNumaDomains(0).getCpus());
      assertEquals("", status.getNumaDomains(0).getBoundCpus());
      assertTrue(status.getReplicasList().stream().noneMatch(ReplicaStatus::hasHome));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void eachGroupHasItsApplyThreadAndItsTablesInItsDomainAndNothingElseIsPinned()
      throws IOException {
    IdSet all = ThreadAffinity.ofSystem().allowed().orElseThrow();
    assumeTrue(all.size() > 1, "a machine with two CPUs is needed to tell threads apart");
    IdSet first = IdSet.of(all.all().getFirst());
    IdSet last = IdSet.of(all.all().getLast());
    Path sysfs =
        MadeSysfs.in(directory.resolve("sys"), "0-4095")
            .domain(0, first.toString(), 8, "10 21")
            .domain(1, last.toString(), 8, "21 10")
            .root();
    try (TestCluster cluster = TestCluster.ofOneOn(sysfs, directory.resolve("data"))) {
      cluster.awaitReady(); // Each group has applied the first entry of its leader.
      write(cluster, cluster.nodes().getFirst(), 20);

      List<IdSet> pinned =
          named("node-1@group").stream()
              .map(OsThread::cpus)
              .filter(cpus -> !cpus.equals(all))
              .toList();
      assertEquals(4, pinned.size(), "apply threads of the root group and of three others");
      assertEquals(2, pinned.stream().filter(first::equals).count(), pinned.toString());
      assertEquals(2, pinned.stream().filter(last::equals).count(), pinned.toString());

      List<OsThread> shared =
          named("vx-").stream().filter(thread -> !thread.name().startsWith("vx-home-")).toList();
      assertTrue(shared.size() > 2, shared.toString());
      assertTrue(shared.stream().allMatch(thread -> thread.cpus().equals(all)), shared.toString());

      assertTrue(isKept("vx-home-0-", first), "calls of the first domain's groups run there");
      assertTrue(isKept("vx-home-1-", last), "and those of the second's there");

      Path maps = SELF.resolve("numa_maps");
      assertTrue(
          !Files.exists(maps)
              || Files.readAllLines(maps).stream().anyMatch(line -> line.contains(" prefer:")),
          "tables are bound");

      GetStatusResponse status = status(cluster);
      assertEquals(2, status.getNumaDomainsCount());
      assertEquals(first.toString(), status.getNumaDomains(0).getBoundCpus());
      assertEquals(last.toString(), status.getNumaDomains(1).getBoundCpus());
      assertEquals(8L << 30, status.getNumaDomains(1).getMemoryBytes());
      assertEquals(List.of(21, 10), status.getNumaDomains(1).getDistancesList());
      assertEquals(
          List.of(1, 0, 1, 0),
          status.getReplicasList().stream().map(replica -> replica.getHome().getDomain()).toList());
      assertTrue(
          status.getReplicasList().stream()
              .allMatch(replica ->
                  replica.getHome().getApplyThread() == ApplyThread.APPLY_THREAD_PINNED));
    }
  }
}
