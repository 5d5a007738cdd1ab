package io.vxmeta.chaos;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.workload.Judgement;
import io.vxmeta.chaos.workload.Pulse;
import io.vxmeta.chaos.workload.Stage;
import io.vxmeta.chaos.workload.Traffic;
import io.vxmeta.chaos.workload.Workload;
import io.vxmeta.chaos.workload.Workloads;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// Every workload at the same time, while a leader is killed: nothing is wrong, nothing is
/// undecided.
@EnabledIfSystemProperty(
    named = "vx.long",
    matches = "true",
    disabledReason = "the gate runs every workload under more faults")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class WorkloadsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(150);
  private static final int PROCESSES = 3;
  private static final int OPERATIONS_PER_SECOND = 40;

  /// Answered calls of each workload before and after the kill.
  private static final int ANSWERS = 150;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  /// A busy machine may take longer over a call than a client waits by default.
  private static VxClient connect(ProcessCluster cluster) {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()).withDeadline(PATIENCE));
  }

  @Test
  void everyWorkloadIsValidWhileALeaderIsKilled() throws Exception {
    try (ProcessCluster cluster =
            ProcessCluster.start(ClusterPlan.small("workloads", folder.resolve("cluster")));
        VxClient client = connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      Map<Workload, Traffic> running = new LinkedHashMap<>();
      Map<Workload, Answers> answers = new LinkedHashMap<>();
      for (Workload workload : Workloads.all()) {
        Answers counted = new Answers();
        answers.put(workload, counted);
        running.put(workload, workload.start(stage(cluster, workload, counted)));
      }
      await(answers);
      NodeId leader = view.awaitLeader(view.dataGroups().getFirst().id(), PATIENCE).node();
      cluster.kill(leader);
      await(answers);
      cluster.restart(leader);
      await(answers);
      running.values().forEach(Traffic::end);
      for (Traffic traffic : running.values()) {
        traffic.stop();
      }
      view.awaitCaughtUp(cluster.nodes().size(), PATIENCE);
      assertEquals(List.of(), view.disagreements());
      Map<Workload, Judgement> judgements = new LinkedHashMap<>();
      for (Map.Entry<Workload, Traffic> each : running.entrySet()) {
        judgements.put(each.getKey(), each.getValue().judge());
      }
      judgements.forEach((workload, judgement) -> System.out.println(words(workload, judgement)));
      assertAll(
          judgements.entrySet().stream()
              .map(each -> () -> assertValid(each.getKey(), each.getValue())));
    }
  }

  private Stage stage(ProcessCluster cluster, Workload workload, Answers counted) {
    return new Stage(
        cluster,
        () -> VxClient.connect(ClientConfig.of(cluster.endpoints())),
        folder.resolve(workload.name()),
        42,
        PROCESSES,
        OPERATIONS_PER_SECOND,
        System.nanoTime(),
        counted);
  }

  private static void await(Map<Workload, Answers> answers) throws InterruptedException {
    for (Map.Entry<Workload, Answers> each : answers.entrySet()) {
      assertTrue(
          each.getValue().ok.tryAcquire(ANSWERS, PATIENCE.toSeconds(), TimeUnit.SECONDS),
          () -> "no progress: workload=" + each.getKey().name());
    }
  }

  private static String words(Workload workload, Judgement judgement) {
    return "workload=%s outcome=%s operations=%d checked=%d lost=%d %s %s"
        .formatted(
            workload.name(),
            judgement.outcome(),
            judgement.operations(),
            judgement.checked(),
            judgement.lost(),
            judgement.findings(),
            judgement.reason());
  }

  private static void assertValid(Workload workload, Judgement judgement) {
    assertEquals(Judgement.Outcome.VALID, judgement.outcome(), () -> words(workload, judgement));
  }

  /// Counts what was answered.
  private static final class Answers implements Pulse {
    private final Semaphore ok = new Semaphore(0);

    @Override
    public void ended(Call call, Ending ending, long startNanos, long endNanos) {
      if (ending == Ending.OK) {
        ok.release();
      }
    }
  }
}
