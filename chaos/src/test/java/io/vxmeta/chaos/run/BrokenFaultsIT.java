package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.ClusterPlan;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.nemesis.Battlefield;
import io.vxmeta.chaos.nemesis.Evidence;
import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.FaultFamily;
import io.vxmeta.chaos.nemesis.Injury;
import io.vxmeta.chaos.run.RunRecord.FaultEntry;
import io.vxmeta.chaos.run.RunRecord.NotDone;
import io.vxmeta.chaos.run.RunRecord.Trouble;
import io.vxmeta.chaos.run.RunRecord.Weight;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a siege makes of faults that do not go as they should, on a live cluster.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class BrokenFaultsIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final ChaosPlan.Extent ALL = new ChaosPlan.Extent(2, Duration.ZERO);

  @TempDir private static Path folder;
  private static Cluster cluster;
  private static VxClient client;

  private final Chronicle chronicle =
      new Chronicle(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
          System.nanoTime());
  private final Map<String, Fault> faults = new HashMap<>();
  private Canary canary;
  private Battlefield field;

  @BeforeAll
  static void startCluster() throws IOException, InterruptedException, NodeStopped {
    cluster =
        ProcessCluster.start(
            ClusterPlan.small("broken-faults", folder).withNodes(1).withDataGroups(1));
    client = connect();
  }

  private static VxClient connect() {
    return VxClient.connect(ClientConfig.of(cluster.endpoints()));
  }

  @AfterAll
  static void stopCluster() throws IOException {
    client.close();
    cluster.close();
  }

  @BeforeEach
  void start() {
    ClusterView view = new ClusterView(client);
    view.awaitLeaders(PATIENCE);
    field = new Battlefield(cluster, view);
    canary =
        new Canary(connect(), bug -> chronicle.trouble("canary-broke", Weight.UNDECIDED, "" + bug));
  }

  @AfterEach
  void stop() {
    canary.close();
  }

  /// One that is inflicted as told.
  private record Scripted(String name, Blow blow) implements Fault {
    interface Blow {
      Optional<Injury> strike(Battlefield field, Random random)
          throws IOException, InterruptedException, NodeStopped;
    }

    @Override
    public FaultFamily family() {
      return FaultFamily.PROCESS;
    }

    @Override
    public String summary() {
      return "for a test";
    }

    @Override
    public Optional<String> impossibleOn(Cluster cluster) {
      return Optional.empty();
    }

    @Override
    public Optional<Injury> inflict(Battlefield field, Random random)
        throws IOException, InterruptedException, NodeStopped {
      return blow.strike(field, random);
    }
  }

  private record Hurt(Mending mending) implements Injury {
    interface Mending {
      Evidence mend() throws IOException;
    }

    @Override
    public String description() {
      return "hurt";
    }

    @Override
    public Evidence mend() throws IOException {
      return mending.mend();
    }
  }

  private void fault(String name, Scripted.Blow blow) {
    faults.put(name, new Scripted(name, blow));
  }

  private boolean besiege(List<Period> periods, ChaosPlan.Extent extent)
      throws InterruptedException {
    return siege().run(periods, extent);
  }

  private Siege siege() {
    return new Siege(
        field,
        canary,
        chronicle,
        name -> Optional.ofNullable(faults.get(name)).orElseThrow(),
        new Recall());
  }

  private static Period period(String... names) {
    return new Period(SHORT, Arrays.asList(names), 1);
  }

  private List<String> troubles() {
    return chronicle.troubles().stream().map(Trouble::name).toList();
  }

  @Test
  void faultThatBreaksLeavesNobodyClaimedAndNobodyDown() throws Exception {
    fault(
        "breaks",
        (battlefield, random) -> {
          NodeId node = battlefield.claim(random).orElseThrow();
          battlefield.cluster().kill(node);
          throw new IOException("the tool is gone");
        });
    assertTrue(besiege(List.of(period("breaks"), period()), ALL));
    assertEquals(List.of("fault-broke"), troubles());
    assertEquals(Weight.UNDECIDED, chronicle.troubles().getFirst().weight());
    assertTrue(field.claimed().isEmpty());
    assertTrue(cluster.nodes().stream().allMatch(cluster::isRunning));
  }

  @Test
  void aMendThatBreaksDoesNotKeepTheOthersFromBeingMended() throws Exception {
    AtomicBoolean mended = new AtomicBoolean();
    fault(
        "sound",
        (battlefield, random) ->
            Optional.of(
                new Hurt(() -> {
                  mended.set(true);
                  return Evidence.bit("it hurt");
                })));
    fault(
        "unmendable",
        (battlefield, random) ->
            Optional.of(
                new Hurt(() -> {
                  throw new IllegalStateException("no way back");
                })));
    assertFalse(besiege(List.of(period("sound", "unmendable"), period()), ALL));
    assertTrue(mended.get());
    assertEquals(List.of("fault-broke"), troubles());
    assertEquals(List.of(false, true), chronicle.faults().stream().map(FaultEntry::bit).toList());
  }

  @Test
  void misdeedOfANodeIsAnAnomaly() throws Exception {
    fault(
        "tempting",
        (battlefield, random) ->
            Optional.of(
                new Hurt(() -> Evidence.bit("flushes failed").withMisdeed("node-1 ran on"))));
    assertTrue(besiege(List.of(period("tempting")), ALL));
    Trouble trouble = chronicle.troubles().getFirst();
    assertEquals(Weight.ANOMALY, trouble.weight());
    assertEquals("fault=tempting node-1 ran on", trouble.text());
  }

  @Test
  void loneFaultWithoutEffectHasASecondChance() throws Exception {
    AtomicInteger times = new AtomicInteger();
    fault(
        "late",
        (battlefield, random) ->
            Optional.of(new Hurt(() -> Evidence.of(times.incrementAndGet() == 2, "by chance"))));
    assertTrue(besiege(List.of(period("late")), ALL));
    assertEquals(List.of(), troubles());
    assertEquals(List.of(false, true), chronicle.faults().stream().map(FaultEntry::bit).toList());
  }

  @Test
  void loneFaultThatTwiceHadNoEffectLeavesTheRunUndecided() throws Exception {
    fault(
        "blunt", (battlefield, random) -> Optional.of(new Hurt(() -> Evidence.missed("nothing"))));
    assertTrue(besiege(List.of(period("blunt"), period()), ALL));
    assertEquals(List.of("fault-without-evidence"), troubles());
    assertEquals(2, chronicle.faults().size());
  }

  @Test
  void faultThatWasOnlyOvershadowedIsDealtOnceMoreAlone() throws Exception {
    AtomicInteger times = new AtomicInteger();
    fault("loud", (battlefield, random) -> Optional.of(new Hurt(() -> Evidence.bit("it hurt"))));
    fault(
        "faint",
        (battlefield, random) ->
            Optional.of(new Hurt(() -> Evidence.of(times.incrementAndGet() == 2, "by chance"))));
    List<Period> periods = List.of(period("loud", "faint"), period());
    Siege siege = siege();
    assertTrue(siege.run(periods, ALL));
    assertEquals(List.of("faint"), chronicle.neverBit());
    assertTrue(siege.playAloneWhatNeverBit(periods));
    assertEquals(List.of("faint"), chronicle.periods().getLast().faults());
    assertEquals(List.of(), chronicle.neverBit());
    assertEquals(List.of(), troubles());
    assertTrue(siege.playAloneWhatNeverBit(periods));
    assertEquals(2, times.get());
  }

  @Test
  void faultThatFindsNobodyIsTriedAgainAndThenNoted() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    fault(
        "idle",
        (battlefield, random) -> {
          int _ = tries.incrementAndGet();
          return Optional.empty();
        });
    assertTrue(besiege(List.of(period("idle")), ALL));
    assertTrue(tries.get() > 1, "tries=" + tries);
    assertEquals(List.of("idle"), chronicle.notDone().stream().map(NotDone::fault).toList());
    assertTrue(chronicle.noneBit());
  }

  @Test
  void noPeriodIsBegunWhenTheTimeIsOver() throws Exception {
    assertTrue(besiege(List.of(period(), period()), new ChaosPlan.Extent(1, Duration.ZERO)));
    assertEquals(1, chronicle.periods().size());
    assertTrue(besiege(List.of(period(), period()), ALL));
    assertEquals(3, chronicle.periods().size());
  }
}
