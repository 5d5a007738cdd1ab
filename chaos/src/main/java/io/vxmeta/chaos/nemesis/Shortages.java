package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.MEMORY;
import static io.vxmeta.chaos.nemesis.FaultFamily.RESOURCE;

import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.Surroundings;
import io.vxmeta.chaos.host.Command;
import io.vxmeta.client.CallFailed;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/// Nodes that get less of the machine than they want: CPU, memory, locked memory, files.
final class Shortages {
  private static final int STARVED_MS_LEAST = 40;
  private static final int STARVED_MS_MOST = 120;
  private static final int FED_MS_LEAST = 4;
  private static final int FED_MS_MOST = 12;

  /// Less than a small node takes when nobody limits it, which is about 200 MiB.
  private static final long MEMORY_BYTES = 160L << 20;

  /// How the kernel ends whoever takes more, the JVM a process that got none, and a node itself.
  private static final Integer[] STARVED = {Downtime.KILLED, 3, Downtime.FAIL_STOP};

  /// Below every descriptor that a node opens after its start. The kernel compares a new
  /// descriptor's number with the limit, not their count: a limit of as many as are open leaves
  /// room whenever an old one is closed, and one that the first jars of the class path fill for
  /// ever leaves none.
  private static final int DESCRIPTORS = 16;

  private static final String NO_FILES = "Too many open files";

  /// A class or library that can not be opened ends a node, too.
  private static final String[] FILES_LACKING = {
    NO_FILES, "NoClassDefFoundError", "ClassNotFoundException", "UnsatisfiedLinkError"
  };

  private static final Path MEMORY_GROUPS = Path.of("/sys/fs/cgroup/memory");

  private Shortages() {}

  static List<Fault> all() {
    return List.of(
        new Recipe(
            "cpu-starved",
            RESOURCE,
            "one node runs a tenth of the time",
            Needs.PROCESSES,
            Shortages::starve),
        new Recipe(
            "mlock-refused",
            MEMORY,
            "one node may not lock memory",
            Needs.LAUNCHES
                .and(Needs.ROOT)
                .and(Needs.tool("setpriv", "util-linux"))
                .and(Needs.tool("prlimit", "util-linux")),
            Shortages::refuseLocking),
        new Recipe(
            "memory-limited",
            MEMORY,
            "one node gets less memory than it needs; the kernel may kill it",
            Needs.LAUNCHES.and(Needs.ROOT).and(_ -> noMemoryGroups()),
            Shortages::limitMemory),
        new Recipe(
            "files-exhausted",
            RESOURCE,
            "one node can open no more files or connections",
            Needs.PROCESSES.and(Needs.ROOT).and(Needs.tool("prlimit", "util-linux")),
            Shortages::exhaustFiles));
  }

  private static Optional<String> noMemoryGroups() {
    return Files.isWritable(MEMORY_GROUPS.resolve("cgroup.procs"))
            && Files.exists(MEMORY_GROUPS.resolve("memory.limit_in_bytes"))
        ? Optional.empty()
        : Optional.of(
            "no memory controller of cgroup v1: folder=%s; mount -t cgroup -o memory cgroup %s"
                .formatted(MEMORY_GROUPS, MEMORY_GROUPS));
  }

  /// The node must go on.
  private static Optional<Injury> starve(Battlefield field, Random random) {
    return field
        .claim(random)
        .map(node -> {
          Downtime downtime = new Downtime(field, List.of(node));
          Queue<Evidence> proofs = new ConcurrentLinkedQueue<>();
          Repetition loop =
              Repetition.start(
                  "starvation",
                  random,
                  (turn, dice) -> {
                    proofs.add(
                        Pauses.freezeOnce(
                            field, node, turn, dice, STARVED_MS_LEAST, STARVED_MS_MOST));
                    turn.rest(dice, FED_MS_LEAST, FED_MS_MOST);
                  });
          return new Wound(
              "cpu starvation of " + node,
              () ->
                  downtime.backAfter(() -> {
                    int _ = loop.end();
                    downtime.note(
                        proofs.stream().allMatch(Evidence::bit),
                        "%s starved_times=%d".formatted(node, proofs.size()));
                  }));
        });
  }

  /// The node must get ready without locks, and go on.
  private static Optional<Injury> refuseLocking(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    long lockedBefore = lockedKb(Pauses.pid(field, node));
    NodeLog log = NodeLog.fromNow(field.cluster(), node);
    Relaunch relaunch = new Relaunch(field, node);
    relaunch.into(
        Surroundings.run("prlimit", "--memlock=0:0", "setpriv", "--bounding-set", "-ipc_lock"));
    long locked = lockedKb(Pauses.pid(field, node));
    return Optional.of(
        new Wound(
            "mlock refused, " + node,
            () ->
                relaunch.back(() ->
                    Evidence.of(
                        lockedBefore > 0 && locked == 0,
                        "locked_kb=%d->%d said=%s"
                            .formatted(
                                lockedBefore,
                                locked,
                                log.firstLineWith("lock").orElse("nothing"))))));
  }

  private static long lockedKb(long pid) throws IOException {
    try (Stream<String> status = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      return status
          .filter(line -> line.startsWith("VmLck:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .sum();
    }
  }

  /// The kernel may kill the node, the JVM end it, or it may stop itself; it may not get ready,
  /// too.
  private static Optional<Injury> limitMemory(Battlefield field, Random random)
      throws IOException, InterruptedException, NodeStopped {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    Path group =
        MEMORY_GROUPS.resolve("vxmeta-%d-%s".formatted(ProcessHandle.current().pid(), node));
    Path _ = Files.createDirectories(group);
    Path _ = Files.writeString(group.resolve("memory.limit_in_bytes"), Long.toString(MEMORY_BYTES));
    Relaunch relaunch = new Relaunch(field, node);
    Surroundings limited =
        Surroundings.run(
            "sh", "-c", "echo $$ > '%s/cgroup.procs'; exec \"$@\"".formatted(group), "limited");
    boolean ready;
    try {
      ready = relaunch.intoHardship(limited, STARVED);
    } catch (IOException | InterruptedException | NodeStopped | RuntimeException e) {
      leave(group);
      throw e;
    }
    return Optional.of(
        new Wound(
            "%d bytes of memory, %s".formatted(MEMORY_BYTES, node),
            () -> {
              try {
                return relaunch.back(() -> starved(group, ready));
              } finally {
                leave(group);
              }
            }));
  }

  private static Evidence starved(Path group, boolean ready) throws IOException {
    long kills = oomKills(Files.readString(group.resolve("memory.oom_control")));
    return Evidence.of(kills > 0 || !ready, "oom_kills=%d ready=%s".formatted(kills, ready));
  }

  /// Page cache that was given back is no evidence, so we ask whom the kernel killed.
  static long oomKills(String control) {
    return control
        .lines()
        .filter(line -> line.startsWith("oom_kill "))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
        .sum();
  }

  /// A group with a process in it stays; nobody dies of it.
  private static void leave(Path group) {
    boolean _ = group.toFile().delete();
  }

  /// The node may go on, or stop itself for want of files. It ends with the shortage at the latest:
  /// a class that could not be loaded is never tried again from the same place, so what was lacking
  /// once may stop the node at any time, also when there are files again and nobody expects it.
  private static Optional<Injury> exhaustFiles(Battlefield field, Random random)
      throws IOException, InterruptedException {
    Optional<NodeId> victim = field.claim(random);
    if (victim.isEmpty()) {
      return Optional.empty();
    }
    NodeId node = victim.get();
    long pid = Pauses.pid(field, node);
    NodeLog log = NodeLog.fromNow(field.cluster(), node);
    Downtime downtime = new Downtime(field, List.of(node));
    downtime.allow(node, Downtime.FAIL_STOP);
    String before = limit(pid);
    limit(pid, DESCRIPTORS + ":" + before);
    return Optional.of(
        new Wound(
            "no more files, %s".formatted(node),
            () ->
                downtime.backAfter(
                    () -> noteExhausted(field, node, log, downtime),
                    () -> {
                      boolean _ = downtime.killAgain(node);
                    })));
  }

  private static void noteExhausted(Battlefield field, NodeId node, NodeLog log, Downtime downtime)
      throws IOException {
    for (ShardGroup group : field.view().dataGroups()) {
      if (field.cluster().isRunning(node) && log.firstLineWith(NO_FILES).isEmpty()) {
        askForSnapshot(field, node, group);
      }
    }
    downtime.noteWant(node, "files", log, false, FILES_LACKING);
  }

  /// A snapshot opens files.
  private static void askForSnapshot(Battlefield field, NodeId node, ShardGroup group) {
    try {
      var _ = field.view().createSnapshot(node, group.id());
    } catch (CallFailed noFiles) {
      // Its log tells.
    }
  }

  /// The hard limit, which a server raises its soft one to.
  private static String limit(long pid) throws IOException, InterruptedException {
    return Command.run(
            "prlimit", "--pid", Long.toString(pid), "--nofile", "--noheadings", "--output", "HARD")
        .strip();
  }

  private static void limit(long pid, String limit) throws IOException, InterruptedException {
    String _ = Command.run("prlimit", "--pid", Long.toString(pid), "--nofile=" + limit);
  }
}
