package io.vxmeta.chaos.run;

import static java.util.stream.Collectors.joining;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ClusterView.Disagreement;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.Signal;
import io.vxmeta.chaos.nemesis.Battlefield;
import io.vxmeta.chaos.nemesis.Faults;
import io.vxmeta.chaos.net.Wires;
import io.vxmeta.chaos.run.RunRecord.Verdict;
import io.vxmeta.chaos.run.RunRecord.Weight;
import io.vxmeta.chaos.workload.Judgement;
import io.vxmeta.chaos.workload.Stage;
import io.vxmeta.chaos.workload.Traffic;
import io.vxmeta.chaos.workload.Workloads;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/// One run from the first node's start to the last verdict.
public final class ChaosRun {
  /* Order: start nodes, traffic, faults by the plan, a minority that stays away, mend everything, stop the traffic, wait
   *   until the replicas have caught up, let every workload judge what it saw, compare the replicas' digests.
   * Threads: this one breaks and mends; each workload has its own; canary and digest watch have one a group. */

  private static final String PLAN = "plan.yaml";

  /// Elections and catching up on a busy machine.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /// How long the traffic may go on to reach its least number of operations.
  private static final Duration CALM_MOST = Duration.ofMinutes(10);

  private static final Duration LOOK = Duration.ofMillis(250);

  private final ChaosPlan plan;
  private final Map<String, String> leftOut;
  private final Path folder;
  private final PrintStream out;
  private final Recall recall;

  private ChaosRun(
      ChaosPlan plan, Map<String, String> leftOut, Path folder, PrintStream out, Recall recall) {
    this.plan = plan;
    this.leftOut = leftOut;
    this.folder = folder;
    this.out = out;
    this.recall = recall;
  }

  /// Runs what is asked for.
  public static RunSummary go(RunRequest request, Path folder, PrintStream out)
      throws IOException, InterruptedException, NodeStopped {
    return go(request.plan(), folder, out, new Recall()).summary(folder);
  }

  /// Makes the cluster, runs, judges, reports and takes everything down again. `folder` takes plan,
  /// histories, node logs and the report.
  static RunRecord go(ChaosPlan plan, Path folder, PrintStream out, Recall recall)
      throws IOException, InterruptedException, NodeStopped {
    Instant started = Instant.now();
    try (Cluster cluster = Clusters.make(plan, folder.resolve("cluster"));
        VxClient client = firstConnect(cluster)) {
      Map<String, String> impossible = impossible(plan, cluster, out);
      ChaosPlan possible = plan.without(impossible.keySet());
      if (possible.faults().isEmpty() && !plan.faults().isEmpty()) {
        throw new PlanInvalid(
            "faults", "one at least that this cluster can have", plan.faults().toString());
      }
      Files.writeString(folder.resolve(PLAN), PlanFile.text(possible));
      ClusterView view = new ClusterView(client);
      view.awaitLeaders(PATIENCE);
      RunRecord record =
          new ChaosRun(possible, impossible, folder, out, recall).go(cluster, view, started);
      record.write(folder);
      HtmlReport.write(record, folder);
      return record;
    }
  }

  /// The faults this cluster can not have, each with its reason, which is told.
  private static Map<String, String> impossible(ChaosPlan plan, Cluster cluster, PrintStream out) {
    Map<String, String> reasons = new LinkedHashMap<>();
    for (String name : plan.faults()) {
      Faults.named(name)
          .impossibleOn(cluster)
          .ifPresent(reason -> {
            out.println("left out: fault=" + name + " reason=" + reason);
            reasons.put(name, reason);
          });
    }
    return reasons;
  }

  /// Nodes that have just started on a busy machine may not answer within a call's deadline.
  private static VxClient firstConnect(Cluster cluster) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return connect(cluster);
      } catch (CallFailed busy) {
        if (System.nanoTime() > deadline) {
          throw busy;
        }
      }
    }
  }

  private static VxClient connect(Cluster cluster) {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()));
  }

  private RunRecord go(Cluster cluster, ClusterView view, Instant started)
      throws InterruptedException {
    long origin = System.nanoTime();
    Chronicle chronicle = new Chronicle(out, origin);
    leftOut.forEach(chronicle::leftOut);
    Throughput throughput = new Throughput(origin);
    Map<String, Traffic> traffic = new LinkedHashMap<>();
    try {
      startTraffic(traffic, cluster, throughput, origin);
      besiege(cluster, view, chronicle, throughput);
      noteWhatIsMissing(plan, recall, chronicle);
      chronicle.tell("everything is mended; the traffic stops");
    } catch (IOException | RuntimeException broken) {
      chronicle.trouble("broke-off", Weight.UNDECIDED, "the run could not go on: cause=" + broken);
    } finally {
      traffic.values().forEach(Traffic::end);
      for (Traffic each : traffic.values()) {
        each.stop();
      }
    }
    List<Verdict> verdicts = new ArrayList<>();
    int mismatches = 0;
    if (settle(view, cluster, chronicle)) {
      for (Map.Entry<String, Traffic> each : traffic.entrySet()) {
        judge(each.getKey(), each.getValue(), chronicle).ifPresent(verdicts::add);
      }
      mismatches = mismatches(view, chronicle);
      // Who fell silent again while he was read.
      boolean _ = settle(view, cluster, chronicle);
    } else {
      chronicle.trouble("not-judged", Weight.UNDECIDED, "the final reads need a whole cluster");
    }
    return new RunRecord(
        plan.seed(),
        plan.driver().title(),
        started.toString(),
        machine(),
        chronicle.at(System.nanoTime()),
        chronicle.faults(),
        chronicle.notDone(),
        chronicle.periods(),
        verdicts,
        chronicle.troubles(),
        mismatches,
        throughput.seconds());
  }

  private void besiege(
      Cluster cluster, ClusterView view, Chronicle chronicle, Throughput throughput)
      throws IOException, InterruptedException {
    try (Canary canary = canary(cluster, chronicle);
        VxClient digests = connect(cluster);
        DigestWatch _ =
            new DigestWatch(digests.admin()::digest, System::nanoTime, chronicle)
                .start(view.dataGroups())) {
      Siege siege =
          new Siege(new Battlefield(cluster, view), canary, chronicle, Faults::named, recall);
      boolean sound = siege.run(plan.periods(), plan.extent());
      keepWhatWasDone(siege.done());
      sound = sound && siege.playAloneWhatNeverBit(plan.periods());
      if (sound && !plan.faults().isEmpty() && !recall.given()) {
        sound = siege.progressWithoutOne(plan.liveness(), new Random(plan.seed()));
      }
      cluster.wires().ifPresent(Wires::heal);
      siege.startAll();
      awaitOperations(throughput, chronicle);
      chronicle.completeGaps(Siege.AFTERMATH, canary::longestGapMillis);
    }
  }

  private static Canary canary(Cluster cluster, Chronicle chronicle) {
    return new Canary(
            connect(cluster),
            bug -> chronicle.trouble("canary-broke", Weight.UNDECIDED, "cause=" + bug))
        .start();
  }

  /// Reasons why the run proves less than was asked of it.
  static void noteWhatIsMissing(ChaosPlan plan, Recall recall, Chronicle chronicle) {
    if (!plan.faults().isEmpty() && chronicle.noneBit()) {
      chronicle.trouble(
          "no-fault-in-force",
          Weight.UNDECIDED,
          "planned=%s; none of them had an effect, so the run proves nothing about faults"
              .formatted(plan.faults()));
    } else if (!chronicle.neverBit().isEmpty() && !recall.given()) {
      chronicle.trouble(
          "kinds-without-evidence",
          Weight.UNDECIDED,
          "faults=%s; each was inflicted and never seen to have an effect, so the run proves nothing about it"
              .formatted(chronicle.neverBit()));
    }
    if (recall.given()) {
      chronicle.trouble(
          "ended-early",
          Weight.UNDECIDED,
          "asked to end before its %d s were over; what was seen until then is judged"
              .formatted(plan.length().toSeconds()));
    }
  }

  /// So that doing the plan again does what this run did, and not what it had no time for.
  private void keepWhatWasDone(int periods) throws IOException {
    if (periods > 0 && periods < plan.periods().size()) {
      Files.writeString(folder.resolve(PLAN), PlanFile.text(plan.cutAfter(periods)));
    }
  }

  private void awaitOperations(Throughput throughput, Chronicle chronicle)
      throws InterruptedException {
    if (throughput.answered() < plan.operationsLeast() && !recall.given()) {
      chronicle.tell(
          "%,d of %,d operations answered; the traffic goes on in calm"
              .formatted(throughput.answered(), plan.operationsLeast()));
    }
    long end = System.nanoTime() + CALM_MOST.toNanos();
    while (throughput.answered() < plan.operationsLeast()
        && System.nanoTime() < end
        && !recall.given()) {
      LockSupport.parkNanos(LOOK.toNanos());
      if (Thread.interrupted()) {
        throw new InterruptedException("the run was ended");
      }
    }
    if (throughput.answered() < plan.operationsLeast() && !recall.given()) {
      chronicle.trouble(
          "too-few-operations",
          Weight.UNDECIDED,
          "expected=%d answered=%d after %s of calm; see the throughput in the report"
              .formatted(plan.operationsLeast(), throughput.answered(), CALM_MOST));
    }
  }

  private static String machine() {
    return "%d cores, Java %s, %s %s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            Runtime.version().feature(),
            System.getProperty("os.name"),
            System.getProperty("os.version"));
  }

  private void startTraffic(
      Map<String, Traffic> traffic, Cluster cluster, Throughput pulse, long origin)
      throws IOException {
    Random seeds = new Random(plan.seed());
    for (String name : plan.workloads()) {
      Path own = Files.createDirectories(folder.resolve(name));
      traffic.put(
          name,
          Workloads.named(name)
              .orElseThrow()
              .start(
                  new Stage(
                      cluster,
                      () -> connect(cluster),
                      own,
                      seeds.nextLong(),
                      plan.processes(),
                      plan.operationsPerSecond(),
                      origin,
                      pulse)));
    }
  }

  private static boolean settle(ClusterView view, Cluster cluster, Chronicle chronicle) {
    return settle(view, cluster, chronicle, PATIENCE);
  }

  /// Waits until all replicas have applied what was committed; a cluster that does not come to that
  /// is an anomaly.
  static boolean settle(ClusterView view, Cluster cluster, Chronicle chronicle, Duration patience) {
    try {
      view.awaitCaughtUp(cluster.nodes().size(), patience);
      return true;
    } catch (IllegalStateException | CallFailed late) {
      String traces = cluster.nodes().stream().map(node -> trace(cluster, node)).collect(joining());
      chronicle.trouble("not-recovered", Weight.ANOMALY, late.getMessage() + traces);
      return false;
    }
  }

  /// What is left to read of a node that was waited for in vain: its last words, or what its
  /// threads do, which one that runs is made to write down.
  private static String trace(Cluster cluster, NodeId node) {
    if (!cluster.isRunning(node)) {
      return "; node=%s has ended; its last words: %s".formatted(node, cluster.lastWords(node));
    }
    OptionalLong pid = cluster.pid(node);
    if (pid.isEmpty()) {
      return "";
    }
    try {
      return Signal.QUIT.sendTo(pid.getAsLong())
          ? "; node=%s wrote its threads to its node.out".formatted(node)
          : "; node=%s has just ended".formatted(node);
    } catch (IOException refused) {
      return "; node=%s: %s".formatted(node, refused.getMessage());
    }
  }

  /// Empty when it could not be judged, which is told.
  private Optional<Verdict> judge(String workload, Traffic traffic, Chronicle chronicle)
      throws InterruptedException {
    try {
      return Optional.of(judged(workload, traffic, chronicle));
    } catch (IOException | RuntimeException broken) {
      chronicle.trouble(
          "not-judged", Weight.UNDECIDED, "workload=%s cause=%s".formatted(workload, broken));
      return Optional.empty();
    }
  }

  private Verdict judged(String workload, Traffic traffic, Chronicle chronicle)
      throws IOException, InterruptedException {
    Judgement judgement = traffic.judge();
    chronicle.tell(
        "%s by %s: %s, %,d operations, %,d checked%s"
            .formatted(
                workload,
                judgement.checker(),
                judgement.outcome(),
                judgement.operations(),
                judgement.checked(),
                judgement.reason().isEmpty() ? "" : "; " + judgement.reason()));
    judgement
        .findings()
        .forEach(finding -> chronicle.tell("  " + finding.name() + ": " + finding.proof()));
    return Verdict.of(workload, judgement, folder);
  }

  /// Those seen while the run went on, and those of the end.
  private static int mismatches(ClusterView view, Chronicle chronicle) {
    long before =
        chronicle.troubles().stream()
            .filter(trouble -> trouble.name().equals(DigestWatch.MISMATCH))
            .count();
    try {
      List<Disagreement> disagreements = view.disagreements();
      disagreements.forEach(found ->
          chronicle.trouble(
              DigestWatch.MISMATCH,
              Weight.ANOMALY,
              "group=" + found.group() + " " + found.digests()));
      return Math.toIntExact(before + disagreements.size());
    } catch (CallFailed silent) {
      chronicle.trouble(
          "digests-not-compared", Weight.UNDECIDED, "a replica did not say its own: " + silent);
      return Math.toIntExact(before);
    }
  }
}
