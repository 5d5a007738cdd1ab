package io.vxmeta.raft.numa;

import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.os.IdSet;
import io.vxmeta.statemachine.os.ThreadAffinity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where each group of this node lives in its machine, and the threads that are kept there.
///
/// Threads: any.
public final class GroupHomes {
  /* Invariant: with fewer than two homes nobody has one: no thread is pinned, no memory is bound, and the kernel is asked
   *   nothing but what the files say.
   * Nothing here fails: what can not be found out or done leaves groups where the kernel puts them, and is said once.
   * Why threads are freed: a thread that is made has the CPUs of the one that makes it, and an apply thread makes workers of
   *   the pools it hands tasks to. */

  private static final Logger LOG = LoggerFactory.getLogger(GroupHomes.class);

  /// Whether groups are bound to domains.
  public enum Binding {
    /// Where there is more than one.
    AUTO,
    OFF
  }

  /// What became of a group's apply thread.
  public enum ApplyThread {
    /// It runs wherever the kernel puts it.
    ANYWHERE,
    /// It will be pinned when it brings the group its first entry.
    NOT_SEEN,
    PINNED,
    /// The kernel refused.
    REFUSED
  }

  /// Where the kernel's answers are read.
  ///
  /// @param sysfs the device tree, `/sys`
  /// @param proc the process tree, `/proc`
  public record Roots(Path sysfs, Path proc) {}

  private final Optional<MachineTopology> topology;
  private final List<Home> usable;
  private final Map<ShardGroupId, Home> homes;
  private final ThreadAffinity affinity;
  private final IdSet all;
  private final Map<ShardGroupId, ApplyThread> applyThreads = new ConcurrentHashMap<>();
  private final AtomicBoolean refusalSaid = new AtomicBoolean();

  private GroupHomes(
      Optional<MachineTopology> topology,
      List<Home> usable,
      Map<ShardGroupId, Home> homes,
      ThreadAffinity affinity,
      IdSet all) {
    this.topology = topology;
    this.usable = usable;
    this.homes = homes;
    this.affinity = affinity;
    this.all = all;
    homes.keySet().forEach(group -> applyThreads.put(group, ApplyThread.NOT_SEEN));
  }

  /// Reads the machine and gives each group a home, if there are several.
  ///
  /// @param affinity asked for only where there are several domains
  public static GroupHomes choose(
      Binding binding,
      Roots roots,
      Collection<ShardGroupId> groups,
      Supplier<ThreadAffinity> affinity) {
    Optional<MachineTopology> topology = topology(roots.sysfs());
    if (binding == Binding.OFF || topology.isEmpty() || topology.get().domains().size() < 2) {
      return anywhere(topology);
    }
    ThreadAffinity threads = affinity.get();
    Optional<IdSet> cpus = threads.allowed();
    if (cpus.isEmpty()) {
      LOG.warn(
          "groups are not bound to NUMA domains, the system does not tell on which CPUs this process may run:"
              + " domains={} os={}; run on Linux with --enable-native-access=ALL-UNNAMED, or set numa.bind=off",
          topology.get().domains().size(),
          System.getProperty("os.name"));
      return anywhere(topology);
    }
    IdSet memories = new AllowedMemory(roots.proc()).of(topology.get());
    List<Home> usable = topology.get().homes(cpus.get(), memories);
    if (usable.size() < 2) {
      LOG.info(
          "groups need no binding, this process has the CPUs of one NUMA domain: cpus={} memories={}",
          cpus.get(),
          memories);
      return anywhere(topology);
    }
    Map<ShardGroupId, Home> placed = DomainPlacement.of(usable, groups);
    usable.forEach(home -> say(home, placed));
    return new GroupHomes(topology, usable, placed, threads, cpus.get());
  }

  private static GroupHomes anywhere(Optional<MachineTopology> topology) {
    return new GroupHomes(topology, List.of(), Map.of(), ThreadAffinity.unknown(), IdSet.EMPTY);
  }

  private static Optional<MachineTopology> topology(Path sysfs) {
    try {
      Optional<MachineTopology> topology = new SysfsTree(sysfs).read();
      if (topology.isEmpty()) {
        LOG.warn(
            "the machine is taken for one NUMA domain, the kernel tells of none: sysfs={}"
                + "; mount sysfs there or correct numa.sysfs-root",
            sysfs);
      }
      return topology;
    } catch (IOException e) {
      LOG.warn(
          "the machine is taken for one NUMA domain, what the kernel tells is not understood: {}"
              + "; correct numa.sysfs-root, or set numa.bind=off",
          e.getMessage());
      return Optional.empty();
    }
  }

  private static void say(Home home, Map<ShardGroupId, Home> placed) {
    LOG.info(
        "NUMA domain={} cpus={} memory_of={} groups={}",
        home.domain().value(),
        home.cpus(),
        home.memory().value(),
        placed.entrySet().stream()
            .filter(each -> each.getValue().equals(home))
            .map(each -> each.getKey().value())
            .sorted()
            .map(String::valueOf)
            .collect(Collectors.joining(",")));
  }

  /// The machine, if the kernel tells of it.
  public Optional<MachineTopology> topology() {
    return topology;
  }

  /// Where a group lives; empty: wherever the kernel puts it.
  public Optional<Home> of(ShardGroupId group) {
    return Optional.ofNullable(homes.get(group));
  }

  /// Where groups can live, by domain; none if they are not bound.
  public List<Home> homes() {
    return usable;
  }

  public ApplyThread applyThread(ShardGroupId group) {
    return applyThreads.getOrDefault(group, ApplyThread.ANYWHERE);
  }

  /// To be run once by a group's apply thread: keeps it on its home's CPUs.
  public Runnable pinning(ShardGroupId group) {
    Home home = homes.get(group);
    return home == null ? () -> {} : () -> pin(group, home);
  }

  private void pin(ShardGroupId group, Home home) {
    Optional<String> refusal = affinity.pin(home.cpus());
    applyThreads.put(group, refusal.isEmpty() ? ApplyThread.PINNED : ApplyThread.REFUSED);
    if (refusal.isPresent() && refusalSaid.compareAndSet(false, true)) {
      LOG.warn(
          "an apply thread is not kept in its NUMA domain, the kernel refused: errno={} group={} domain={} cpus={}"
              + "; let the process call sched_setaffinity on these CPUs, or set numa.bind=off (said once)",
          refusal.get(),
          group.value(),
          home.domain().value(),
          home.cpus());
    }
  }

  /// Makes threads that are kept on a home's CPUs, if the kernel lets them.
  public ThreadFactory kept(Home home, ThreadFactory factory) {
    return task ->
        factory.newThread(() -> {
          var _ = affinity.pin(home.cpus());
          task.run();
        });
  }

  /// Makes threads that run on all CPUs of the process, whichever thread has them made.
  public ThreadFactory free(ThreadFactory factory) {
    if (homes.isEmpty()) {
      return factory;
    }
    return task ->
        factory.newThread(() -> {
          var _ = affinity.pin(all);
          task.run();
        });
  }
}
