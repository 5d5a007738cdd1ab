package io.vxmeta.chaos.run;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.nemesis.Battlefield;
import io.vxmeta.chaos.nemesis.Evidence;
import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.FaultFamily;
import io.vxmeta.chaos.nemesis.Injury;
import io.vxmeta.chaos.run.RunRecord.FaultEntry;
import io.vxmeta.chaos.run.RunRecord.PeriodEntry;
import io.vxmeta.chaos.run.RunRecord.Weight;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/// Breaks and mends the cluster by the plan while others work, and watches that nobody dies
/// unasked.
final class Siege {
  /* Threads: one. Invariant: when a period is over, everything it broke is mended, also when the run is recalled, or else its
   *   trouble says what could not be. */

  /// The name of the last period, in which a minority stays broken.
  static final String LIVENESS = "liveness";

  /// A fault that found nobody to hurt is tried again so often in its period, and at least so often
  /// when one try takes the whole of it.
  private static final int TRIES_MAX = 5;

  private static final int TRIES_LEAST = 2;

  private static final Duration TRY_AGAIN = Duration.ofMillis(500);

  private static final String FAULT_BROKE = "fault-broke";
  private static final String DID_NOT_RETURN = "node-did-not-return";

  /// What a fault breaks may show a little after it is mended: an election is still going on.
  static final Duration AFTERMATH = Duration.ofSeconds(3);

  /// Between two looks at the nodes.
  private static final Duration LOOK = Duration.ofMillis(250);

  /// How long a cluster with one broken node may go without acknowledging a write; elections and
  /// busy machines included, stalls not.
  static final Duration PROGRESS = Duration.ofSeconds(30);

  /// Of a fault that is alone in its period, to show an effect.
  private enum Chance {
    FIRST,
    LAST
  }

  private final Battlefield field;
  private final Canary canary;
  private final Chronicle chronicle;
  private final Function<String, Fault> faults;
  private final Recall recall;
  private final Duration progress;
  private int done;
  private boolean missedAlone;

  Siege(
      Battlefield field,
      Canary canary,
      Chronicle chronicle,
      Function<String, Fault> faultNamed,
      Recall recall) {
    this(field, canary, chronicle, faultNamed, recall, PROGRESS);
  }

  /// @param progress how long each group may be silent while one node stays away
  Siege(
      Battlefield field,
      Canary canary,
      Chronicle chronicle,
      Function<String, Fault> faultNamed,
      Recall recall,
      Duration progress) {
    this.field = field;
    this.canary = canary;
    this.chronicle = chronicle;
    this.faults = faultNamed;
    this.recall = recall;
    this.progress = progress;
  }

  /// Does as many of the periods as the extent says. False: the cluster is not worth further ones.
  boolean run(List<Period> periods, ChaosPlan.Extent extent) throws InterruptedException {
    long start = System.nanoTime();
    int number = 0;
    for (Period period : periods) {
      if (recall.given()) {
        return true;
      }
      boolean timeIsOver = System.nanoTime() - start >= extent.time().toNanos();
      if (number >= extent.least() && timeIsOver) {
        chronicle.tell(
            "the time is over after %d of %d periods; mending took what the others lack"
                .formatted(number, periods.size()));
        return true;
      }
      number++;
      chronicle.tell(
          "period %d of %d, %.1f s: %s"
              .formatted(
                  number,
                  periods.size(),
                  period.length().toMillis() / 1e3,
                  period.calm() ? "calm" : String.join(", ", period.faults())));
      if (!runUntilItBites(period)) {
        return false;
      }
      done = number;
    }
    return true;
  }

  /// Those that were only ever overshadowed are dealt once more, each alone, so that a run is not
  /// undecided by chance. False: the cluster is not worth further faults.
  boolean playAloneWhatNeverBit(List<Period> periods) throws InterruptedException {
    for (String name : chronicle.neverBit()) {
      List<Period> dealt =
          periods.subList(0, done).stream().filter(it -> it.faults().contains(name)).toList();
      boolean wasAlone = dealt.stream().anyMatch(period -> period.faults().size() == 1);
      if (dealt.isEmpty() || wasAlone || recall.given()) {
        continue;
      }
      Period first = dealt.getFirst();
      chronicle.tell(name + " was in company and had no effect: once more, alone");
      if (!runUntilItBites(new Period(first.length(), List.of(name), ~first.seed()))) {
        return false;
      }
    }
    return true;
  }

  /// How many periods were done.
  int done() {
    return done;
  }

  /// A fault that was alone and had no effect proves nothing: its period is done once more.
  private boolean runUntilItBites(Period period) throws InterruptedException {
    if (!run(period, new Random(period.seed()), Chance.FIRST)) {
      return false;
    }
    if (!missedAlone || recall.given()) {
      return true;
    }
    chronicle.tell(period.faults().getFirst() + " was alone and had no effect: once more");
    return run(period, new Random(~period.seed()), Chance.LAST);
  }

  private boolean run(Period period, Random random, Chance chance) throws InterruptedException {
    long start = System.nanoTime();
    Deque<OpenFault> open = new ArrayDeque<>();
    boolean sound = true;
    try {
      missedAlone = false;
      for (Fault fault : inTurn(period.faults().stream().map(faults).toList())) {
        sound = sound && inflict(fault, random, period, open);
      }
      // Counted from here: the first of several faults may take a while to inflict.
      sound = sound && watchUntil(System.nanoTime() + period.length().toNanos());
    } finally {
      while (!open.isEmpty()) {
        sound &= mend(open.pop(), period, chance);
      }
      chronicle.add(
          new PeriodEntry(chronicle.at(start), chronicle.at(System.nanoTime()), period.faults()));
    }
    return sound && nobodyDied();
  }

  /// Those that need the other nodes first, else as dealt.
  static List<Fault> inTurn(List<Fault> dealt) {
    return dealt.stream().sorted(Comparator.comparing(Fault::turn)).toList();
  }

  /// Adds the fault to those that are open, or notes why it was not done. False: the cluster is not
  /// worth further faults.
  private boolean inflict(Fault fault, Random random, Period period, Deque<OpenFault> open)
      throws InterruptedException {
    long limit = System.nanoTime() + period.length().toNanos();
    Set<NodeId> claimedBefore = field.claimed();
    try {
      int tries = 0;
      for (; mayTry(tries, limit); tries++) {
        long since = System.nanoTime();
        Optional<Injury> injury = fault.inflict(field, random);
        if (injury.isPresent()) {
          chronicle.tell(fault.name() + ": " + injury.get().description());
          open.push(new OpenFault(fault, injury.get(), since));
          return true;
        }
        LockSupport.parkNanos(TRY_AGAIN.toNanos());
      }
      chronicle.notDone(
          fault.name(),
          recall.given() ? "the run was recalled" : "nobody was left to be hurt; tries=" + tries);
      return true;
    } catch (NodeStopped stopped) {
      return didNotReturn("fault=" + fault.name() + " was being inflicted; ", stopped);
    } catch (IOException | RuntimeException broke) {
      chronicle.trouble(
          FAULT_BROKE,
          Weight.UNDECIDED,
          "fault=%s could not be inflicted: cause=%s".formatted(fault.name(), broke));
      return giveBack(claimedBefore);
    }
  }

  private boolean mayTry(int tries, long limit) {
    return tries < TRIES_LEAST ? !recall.given() : tries < TRIES_MAX && goesOn(limit);
  }

  /// Nodes that a broken fault had claimed are nobody's again; those that it left behind dead are
  /// started.
  private boolean giveBack(Set<NodeId> claimedBefore) throws InterruptedException {
    for (NodeId node : field.claimed()) {
      if (!claimedBefore.contains(node)) {
        try {
          if (!field.cluster().isRunning(node)) {
            chronicle.tell(
                "%s is down; its last words: %s".formatted(node, field.cluster().lastWords(node)));
            field.cluster().launch(node);
            field.cluster().awaitReady(node);
          }
        } catch (NodeStopped stopped) {
          return didNotReturn("", stopped);
        } catch (IOException broke) {
          chronicle.trouble(
              FAULT_BROKE, Weight.UNDECIDED, "node=%s cause=%s".formatted(node, broke));
          return false;
        }
        field.release(node);
      }
    }
    return true;
  }

  /// Mends one fault, whatever becomes of the others. One in company may be overshadowed: then it
  /// does not count. One that was alone and twice had no effect leaves the run undecided.
  private boolean mend(OpenFault open, Period period, Chance chance) throws InterruptedException {
    String name = open.fault().name();
    try {
      Evidence evidence = open.injury().mend();
      note(open, evidence);
      evidence
          .misdeeds()
          .forEach(misdeed ->
              chronicle.trouble("misdeed", Weight.ANOMALY, "fault=%s %s".formatted(name, misdeed)));
      missedAlone = !evidence.bit() && period.faults().size() == 1;
      if (missedAlone && chance == Chance.LAST) {
        chronicle.trouble(
            "fault-without-evidence",
            Weight.UNDECIDED,
            "fault=%s facts=%s; it proved nothing".formatted(name, evidence.facts()));
      }
      return true;
    } catch (NodeStopped stopped) {
      note(open, Evidence.bit("a node did not come back"));
      return didNotReturn("fault=" + name + " was mended; ", stopped);
    } catch (IOException | RuntimeException broke) {
      note(open, Evidence.missed("it could not be mended: cause=" + broke));
      chronicle.trouble(
          FAULT_BROKE,
          Weight.UNDECIDED,
          "fault=%s could not be mended: cause=%s".formatted(name, broke));
      return false;
    }
  }

  private void note(OpenFault open, Evidence evidence) {
    long now = System.nanoTime();
    chronicle.add(
        new FaultEntry(
            open.fault().name(),
            open.fault().family().title(),
            chronicle.at(open.since()),
            chronicle.at(now),
            open.injury().description(),
            evidence.bit(),
            evidence.facts(),
            canary.longestGapMillis(open.since(), now)));
  }

  private boolean didNotReturn(String when, NodeStopped stopped) {
    chronicle.trouble(DID_NOT_RETURN, Weight.ANOMALY, when + stopped.getMessage());
    return false;
  }

  private boolean goesOn(long end) {
    return System.nanoTime() < end && !recall.given();
  }

  /// Looks at the nodes until then, or the recall; false when one has ended that nobody had
  /// touched.
  private boolean watchUntil(long end) throws InterruptedException {
    while (goesOn(end)) {
      LockSupport.parkNanos(Math.min(LOOK.toNanos(), Math.max(1, end - System.nanoTime())));
      if (Thread.interrupted()) {
        throw new InterruptedException("the run was ended");
      }
      if (!nobodyDied()) {
        return false;
      }
    }
    return true;
  }

  private boolean nobodyDied() {
    Optional<NodeId> dead =
        field.cluster().nodes().stream()
            .filter(node -> !field.claimed(node) && !field.cluster().isRunning(node))
            .findFirst();
    dead.ifPresent(node ->
        chronicle.trouble(
            "node-died",
            Weight.ANOMALY,
            "node=%s ended and no fault had ended it; its last words: %s"
                .formatted(node, field.cluster().lastWords(node))));
    return dead.isEmpty();
  }

  /// One node is killed and stays away; every group must go on all the time. True when they all
  /// did.
  boolean progressWithoutOne(Duration length, Random random) throws InterruptedException {
    Optional<NodeId> away = field.claim(random);
    if (away.isEmpty() || field.cluster().nodes().size() < 3) {
      chronicle.tell("liveness: not demanded of a cluster that can not lose a node");
      away.ifPresent(field::release);
      return true;
    }
    NodeId victim = away.get();
    chronicle.tell("liveness: %s is killed and stays away".formatted(victim));
    field.cluster().kill(victim);
    long start = System.nanoTime();
    // A group that falls silent near the end has the whole patience, too.
    boolean sound = watchUntil(start + length.toNanos());
    long end = System.nanoTime();
    while (canary.anySilentSince(end) && System.nanoTime() - end < progress.toNanos()) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
    long over = System.nanoTime();
    boolean stayed = !field.cluster().isRunning(victim);
    chronicle.add(new PeriodEntry(chronicle.at(start), chronicle.at(over), List.of(LIVENESS)));
    chronicle.add(
        new FaultEntry(
            LIVENESS,
            FaultFamily.PROCESS.title(),
            chronicle.at(start),
            chronicle.at(over),
            "kill -9 " + victim + ", which stays away",
            stayed,
            victim + (stayed ? " was down all the time" : " runs"),
            canary.longestGapMillis(start, over)));
    Map<ShardGroupId, Duration> stalled = canary.silences(start, over);
    stalled.values().removeIf(silence -> silence.compareTo(progress) < 0);
    if (!stalled.isEmpty()) {
      chronicle.trouble(
          "no-progress",
          Weight.ANOMALY,
          "groups acknowledged no write for so long, although only %s was away: %s; allowed=%s"
              .formatted(victim, stalled, progress));
    }
    field.release(victim);
    return sound && stalled.isEmpty();
  }

  /// Starts whoever is down.
  void startAll() throws IOException, InterruptedException {
    Cluster cluster = field.cluster();
    for (NodeId node : cluster.nodes()) {
      if (!cluster.isRunning(node)) {
        cluster.launch(node);
      }
    }
    for (NodeId node : cluster.nodes()) {
      try {
        cluster.awaitReady(node);
      } catch (NodeStopped stopped) {
        // One that is known not to return would only be counted twice.
        if (chronicle.troubles().stream().noneMatch(it -> it.name().equals(DID_NOT_RETURN))) {
          boolean _ = didNotReturn("", stopped);
        }
      }
    }
  }
}
