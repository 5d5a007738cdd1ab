package io.vxmeta.chaos.dev;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.NodePorts;
import io.vxmeta.chaos.cluster.NodeProcess;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.cluster.VxHome;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Runs three nodes until Ctrl-C, keeps their data, and says what to type next.
@Command(
    name = "dev",
    description = "A cluster of three nodes that stays up; Ctrl-C stops it, its data is kept.",
    mixinStandardHelpOptions = true)
public final class DevCommand implements Callable<Integer> {
  private static final int NODES = 3;
  private static final int COULD_NOT_START = 1;

  /// Stopped well; by the terminal's interrupt; by SIGTERM.
  private static final Set<Integer> ASKED_TO_STOP = Set.of(0, 130, 143);

  private final PrintStream out = System.out;

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      description = "Where the nodes keep their data; .vx/dev by default.")
  private Path data = VxHome.folder("dev");

  @Override
  public Integer call() throws InterruptedException, IOException {
    List<NodePorts> ports = NodePorts.standard(NODES);
    Optional<Integer> taken = NodePorts.firstTaken(ports);
    if (taken.isPresent()) {
      System.err.printf(
          "vxctl: error: port %1$d is taken: expected 7401.. 7501.. 7601.. 7701.. free; another dev"
              + " cluster? stop what listens there (ss -ltnp 'sport = :%1$d')%n",
          taken.get());
      return COULD_NOT_START;
    }
    ClusterPlan plan =
        ClusterPlan.small("dev", data).onPorts(ports).ending(ClusterPlan.Ending.STOP);
    out.println("starting " + NODES + " nodes; data and logs: " + plan.directory());
    try (ProcessCluster cluster = ProcessCluster.start(plan)) {
      welcome(cluster);
      return awaitEnd(cluster);
    } catch (NodeStopped stopped) {
      System.err.println("vxctl: error: " + stopped.getMessage());
      return COULD_NOT_START;
    }
  }

  private void welcome(ProcessCluster cluster) {
    for (NodeId node : cluster.nodes()) {
      out.printf(
          "  %s  clients %s  metrics http://127.0.0.1:%d/metrics  pid %d%n",
          node, cluster.endpoint(node), cluster.ports(node).admin(), cluster.process(node).pid());
    }
    out.print(
        """

        The cluster is up. In another terminal:

          ./vx ctl status
          ./vx ctl put greeting hello
          ./vx ctl get greeting

        Ctrl-C stops it; the data stays.
        """);
    out.flush();
  }

  /// Ctrl-C ends this JVM, whose shutdown stops the nodes. A node that dies meanwhile is told of
  /// and started again, as an init system would, so that a failover can be tried; one that can not
  /// start ends the cluster.
  private static int awaitEnd(ProcessCluster cluster)
      throws InterruptedException, IOException, NodeStopped {
    while (true) {
      List<NodeProcess> all = cluster.nodes().stream().map(cluster::process).toList();
      CompletableFuture.anyOf(all.stream().map(NodeProcess::exit).toArray(CompletableFuture[]::new))
          .join();
      for (NodeProcess process : all) {
        if (!process.isAlive()) {
          int code = process.exit().join();
          if (ASKED_TO_STOP.contains(code)) {
            return 0;
          }
          System.err.printf("%s ended: exit_code=%d; starting it again%n", process.node(), code);
          cluster.restart(process.node());
          System.err.printf(
              "%s is back: pid %d%n", process.node(), cluster.process(process.node()).pid());
        }
      }
    }
  }
}
