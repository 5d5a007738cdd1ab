package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.CLOCK;

import io.vxmeta.chaos.cluster.Cluster;
import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.Signal;
import io.vxmeta.chaos.cluster.Surroundings;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Nodes whose wall clock leaps, forward and back, while they run.
final class ClockJumps {
  /* The node runs on libfaketime, which reads its offset from a file again and again; its monotonic clock stays true, as a
   * real machine's does. The proof is what the node itself takes the time to be: the head of a thread dump. */

  private static final List<Path> LIBRARIES =
      List.of(
          Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"),
          Path.of("/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"));

  private static final int JUMP_SECONDS_MOST = 7_200;

  /// No jump is shorter.
  private static final int JUMP_SECONDS_LEAST = 120;

  /// Further than two clocks of one machine are apart.
  private static final long JUMPED_SECONDS_LEAST = 30;

  /// How long we ask a node that does not know of its jump yet: the library reads its file once a
  /// second, and a node that gets no processor reads nothing.
  private static final long LEAP_NANOS = TimeUnit.SECONDS.toNanos(20);

  private static final int QUIET_MS_LEAST = 500;
  private static final int QUIET_MS_MOST = 3_000;
  private static final Lookout DUMP = new Lookout(Duration.ofSeconds(20), Duration.ofMillis(20));
  private static final DateTimeFormatter DUMP_HEAD =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private ClockJumps() {}

  static List<Fault> all() {
    return List.of(
        new Recipe(
            "clock-jumps",
            CLOCK,
            "the wall clock of one node leaps up to two hours, forward and back",
            Needs.LAUNCHES.and(_ -> noLibrary()),
            ClockJumps::jump));
  }

  private static Optional<Path> library() {
    return LIBRARIES.stream().filter(Files::exists).findFirst();
  }

  private static Optional<String> noLibrary() {
    return library().isPresent()
        ? Optional.empty()
        : Optional.of(
            "no libfaketime: expected one of %s; apt-get install faketime".formatted(LIBRARIES));
  }

  /// The node must get ready, and go on through all jumps.
  private static Optional<Injury> jump(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Path offset = field.cluster().folder(node).resolve("clock-offset");
    set(offset, 0);
    Relaunch relaunch = new Relaunch(field, node);
    relaunch.into(
        Surroundings.run(
            "env",
            "LD_PRELOAD=" + library().orElseThrow(),
            "FAKETIME_TIMESTAMP_FILE=" + offset,
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
            "FAKETIME_CACHE_DURATION=1",
            "DONT_FAKE_MONOTONIC=1"));
    AtomicLong farthest = new AtomicLong();
    Repetition jumps =
        Repetition.start(
            "clock-jumps", random, (turn, dice) -> leap(field, node, offset, farthest, turn, dice));
    return Optional.of(
        new Wound(
            "clock jumps of " + node,
            () ->
                relaunch.back(() -> {
                  int times = jumps.end();
                  return Evidence.of(
                      farthest.get() >= JUMPED_SECONDS_LEAST,
                      "jumps=%d farthest_seconds=%d".formatted(times, farthest.get()));
                })));
  }

  private static void leap(
      Battlefield field,
      NodeId node,
      Path offset,
      AtomicLong farthest,
      Repetition turn,
      Random dice)
      throws IOException, InterruptedException, NodeStopped {
    int seconds = dice.nextInt(JUMP_SECONDS_LEAST, JUMP_SECONDS_MOST + 1);
    set(offset, dice.nextBoolean() ? seconds : -seconds);
    long deadline = System.nanoTime() + LEAP_NANOS;
    long apart;
    boolean sought;
    do {
      turn.rest(dice, QUIET_MS_LEAST, QUIET_MS_MOST);
      apart = secondsApart(field.cluster(), node);
      boolean seenBefore = farthest.get() >= JUMPED_SECONDS_LEAST;
      sought = apart < JUMPED_SECONDS_LEAST && !(turn.isEnding() && seenBefore);
    } while (sought && field.cluster().isRunning(node) && System.nanoTime() < deadline);
    farthest.accumulateAndGet(apart, Math::max);
  }

  private static void set(Path offset, int seconds) throws IOException {
    Path next = offset.resolveSibling(offset.getFileName() + ".next");
    Path _ = Files.writeString(next, "%+d\n".formatted(seconds));
    Path _ =
        Files.move(
            next, offset, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// How far the node's clock is from ours; 0 when it does not say.
  private static long secondsApart(Cluster cluster, NodeId node)
      throws IOException, InterruptedException {
    OptionalLong pid = cluster.pid(node);
    if (pid.isEmpty()) {
      return 0;
    }
    Path output = cluster.folder(node).resolve("node.out");
    int before = Files.exists(output) ? Files.readAllLines(output).size() : 0;
    if (!Signal.QUIT.sendTo(pid.getAsLong())) {
      return 0; // It has just ended, which is told when the fault is mended.
    }
    boolean _ =
        DUMP.sees(
            () -> headOfDump(Files.readAllLines(output), before) >= 0 || !cluster.isRunning(node));
    List<String> lines = Files.readAllLines(output);
    int head = headOfDump(lines, before);
    if (head < 0) {
      return 0;
    }
    LocalDateTime its = LocalDateTime.parse(lines.get(head), DUMP_HEAD);
    return Duration.between(its, LocalDateTime.now(ZoneId.systemDefault())).abs().toSeconds();
  }

  private static int headOfDump(List<String> lines, int from) {
    for (int i = from; i + 1 < lines.size(); i++) {
      if (lines.get(i + 1).startsWith("Full thread dump")) {
        return i;
      }
    }
    return -1;
  }
}
