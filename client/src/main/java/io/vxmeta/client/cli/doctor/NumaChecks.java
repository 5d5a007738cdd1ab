package io.vxmeta.client.cli.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Looks at a machine's NUMA domains, and at what lets a node bind its groups to them.
public record NumaChecks(Machine machine) {
  /* Every check is one method and one finding; what can not be seen is a warning, never a success. Nothing is tried out: whether
   * the kernel binds memory is told by a node that runs (vxctl numa show, vx_meta_memory_degradations). */

  private static final String NODES = "sys/devices/system/node/";
  private static final String BALANCING = "proc/sys/kernel/numa_balancing";
  private static final String LIST = "(\\d{1,5}(-\\d{1,5})?(,\\d{1,5}(-\\d{1,5})?)*)?";
  private static final String NO_FILTER = "0";

  public List<Finding> all() {
    return List.of(
        topology(), cpus(), memory(), calls(), new MachineChecks(machine).hugePages(), balancing());
  }

  private Optional<NavigableSet<Integer>> ids(String path) {
    return machine.text(path).filter(text -> text.matches(LIST)).map(NumaChecks::idsOf);
  }

  private Optional<NavigableSet<Integer>> allowed(String line) {
    return machine
        .ofProcess("status", line)
        .filter(text -> text.matches(LIST))
        .map(NumaChecks::idsOf);
  }

  private static NavigableSet<Integer> idsOf(String list) {
    NavigableSet<Integer> ids = new TreeSet<>();
    for (String range : list.isEmpty() ? new String[0] : list.split(",", -1)) {
      String[] ends = range.split("-", -1);
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int id = Integer.parseInt(ends[0]); id <= last; id++) {
        ids.add(id);
      }
    }
    return ids;
  }

  private Optional<NavigableSet<Integer>> domains() {
    return ids(NODES + "online").filter(ids -> !ids.isEmpty());
  }

  private NavigableSet<Integer> cpusOf(int domain) {
    return ids(NODES + "node" + domain + "/cpulist").orElseGet(TreeSet::new);
  }

  private static String joined(Iterable<Integer> ids) {
    List<String> words = new ArrayList<>();
    ids.forEach(id -> words.add(id.toString()));
    return String.join(",", words);
  }

  private Finding topology() {
    String check = "topology";
    if (!machine.has(NODES + "online")) {
      return Finding.warn(
          check,
          "the kernel tells of no NUMA domains: /" + NODES + " is not there",
          "mount sysfs, or set numa.sysfs-root; a node takes the machine for one domain");
    }
    if (domains().isEmpty()) {
      return notUnderstood(NODES + "online");
    }
    List<String> facts = new ArrayList<>();
    for (int domain : domains().get()) {
      String directory = NODES + "node" + domain + "/";
      Optional<String> kilobytes = memoryOf(domain);
      if (ids(directory + "cpulist").isEmpty()) {
        return notUnderstood(directory + "cpulist");
      }
      if (kilobytes.isEmpty()) {
        return notUnderstood(directory + "meminfo");
      }
      int distances = machine.text(directory + "distance").orElse("").split("\\s+", -1).length;
      if (distances != domains().get().size()) {
        return notUnderstood(directory + "distance");
      }
      facts.add(
          "domain " + domain + ": " + cpusOf(domain).size() + " CPUs, " + kilobytes.get() + " kB");
    }
    return Finding.ok(check, String.join("; ", facts));
  }

  private Optional<String> memoryOf(int domain) {
    return machine
        .text(NODES + "node" + domain + "/meminfo")
        .flatMap(text ->
            text.lines().filter(line -> line.matches("Node \\d+ MemTotal:\\s+\\d+ kB")).findFirst())
        .map(line -> line.replaceAll("^.*:\\s+| kB$", ""));
  }

  private static Finding notUnderstood(String path) {
    return Finding.fail(
        "topology",
        "not understood: /" + path,
        "correct numa.sysfs-root, or set numa.bind: off; a node takes the machine for one domain");
  }

  /// How many CPUs the process may use in each domain.
  private Finding cpus() {
    String check = "cpus";
    Optional<NavigableSet<Integer>> allowed = allowed("Cpus_allowed_list:");
    if (allowed.isEmpty() || domains().isEmpty()) {
      return MachineChecks.unseen(check, "/proc/" + machine.process() + "/status or /" + NODES);
    }
    String fact =
        domains().get().stream()
            .map(domain -> usable(domain, allowed.get()) + " in domain " + domain)
            .collect(Collectors.joining(", "));
    return Finding.ok(check, "may use " + fact);
  }

  private long usable(int domain, NavigableSet<Integer> allowed) {
    return cpusOf(domain).stream().filter(allowed::contains).count();
  }

  /// CPUs without the memory beside them make every look-up a far one.
  private Finding memory() {
    String check = "memory";
    Optional<NavigableSet<Integer>> cpus = allowed("Cpus_allowed_list:");
    Optional<NavigableSet<Integer>> memories = allowed("Mems_allowed_list:");
    if (cpus.isEmpty() || memories.isEmpty() || domains().isEmpty()) {
      return MachineChecks.unseen(check, "/proc/" + machine.process() + "/status or /" + NODES);
    }
    List<Integer> far =
        domains().get().stream()
            .filter(domain -> usable(domain, cpus.get()) > 0)
            .filter(domain -> !memoryOf(domain).orElse("0").equals("0"))
            .filter(domain -> !memories.get().contains(domain))
            .toList();
    return far.isEmpty()
        ? Finding.ok(check, "may use that of each domain whose CPUs it has")
        : Finding.fail(
            check,
            "may use CPUs of domain " + joined(far) + " and not its memory",
            "give the control group both: cpuset.mems as cpuset.cpus (AllowedMemoryNodes= and AllowedCPUs= of the unit)");
  }

  private Finding calls() {
    String check = "system-calls";
    Optional<String> filter = machine.ofProcess("status", "Seccomp:");
    if (filter.isEmpty()) {
      return MachineChecks.unseen(check, "/proc/" + machine.process() + "/status");
    }
    return filter.get().equals(NO_FILTER)
        ? Finding.ok(check, "no filter keeps the process from mbind and sched_setaffinity")
        : Finding.warn(
            check,
            "a filter is on (seccomp "
                + filter.get()
                + "), which may refuse mbind and sched_setaffinity",
            "in a container add CAP_SYS_NICE or allow both calls; a unit allows them with"
                + " SystemCallFilter=@resources; vxctl numa show tells whether threads are pinned");
  }

  private Finding balancing() {
    String check = "balancing";
    if (!machine.has("proc/sys/kernel")) {
      return MachineChecks.unseen(check, "/" + BALANCING);
    }
    String mode = machine.text(BALANCING).orElse("0");
    return mode.equals("0")
        ? Finding.ok(check, "the kernel moves no pages by itself")
        : Finding.warn(
            check,
            "the kernel moves pages by itself (numa_balancing=" + mode + ")",
            "echo 0 > /"
                + BALANCING
                + ": it takes page faults to find out who uses what, and tables are bound already");
  }
}
