package io.vxmeta.client.cli.doctor;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Looks at kernel, pages, limits, CPUs and clock of a machine.
public record MachineChecks(Machine machine) {
  /* Every check is one method and one finding; what can not be seen is a warning, never a success. */

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*", Pattern.DOTALL);
  private static final Pattern CHOSEN = Pattern.compile(".*\\[(\\w+)].*", Pattern.DOTALL);

  /// The first kernel that prepares pages without touching them (MADV_POPULATE_WRITE).
  private static final int KERNEL_MAJOR = 5;

  private static final int KERNEL_MINOR = 14;

  /// A node holds log files, connections of clients and peers, and tables on disk.
  private static final long FILES_GOOD = 65_536;

  private static final long FILES_MIN = 4_096;

  /// Locks memory without a limit: bit 14 of the capabilities.
  private static final long CAP_IPC_LOCK = 1L << 14;

  private static final int CPUS_MIN = 2;
  private static final Set<String> SLOW_CLOCKS = Set.of("hpet", "acpi_pm", "pit", "jiffies");
  private static final Set<String> TIME_DAEMONS =
      Set.of("chronyd", "ntpd", "systemd-timesyn", "openntpd", "phc2sys");

  public List<Finding> all() {
    return List.of(kernel(), hugePages(), lockedMemory(), openFiles(), cpus(), clock(), time());
  }

  /// Those that concern clocks.
  public List<Finding> clocks() {
    return List.of(clock(), time());
  }

  static Finding unseen(String check, String path) {
    return Finding.warn(
        check,
        "not known: " + path + " can not be read",
        "look at the machine itself, not a container");
  }

  private Finding kernel() {
    String check = "kernel";
    Optional<String> release = machine.text("proc/sys/kernel/osrelease");
    Matcher version = VERSION.matcher(release.orElse(""));
    if (!version.matches()) {
      return unseen(check, "/proc/sys/kernel/osrelease");
    }
    int major = Integer.parseInt(version.group(1));
    boolean enough =
        major > KERNEL_MAJOR
            || (major == KERNEL_MAJOR && Integer.parseInt(version.group(2)) >= KERNEL_MINOR);
    return enough
        ? Finding.ok(check, "Linux " + release.get())
        : Finding.warn(
            check,
            "Linux " + release.get(),
            "take 5.14 or later: it prepares a table's pages before they are written to");
  }

  Finding hugePages() {
    String check = "huge-pages";
    String path = "sys/kernel/mm/transparent_hugepage/enabled";
    Matcher chosen = CHOSEN.matcher(machine.text(path).orElse(""));
    if (!chosen.matches()) {
      return unseen(check, "/" + path);
    }
    String mode = chosen.group(1);
    return switch (mode) {
      case "madvise" -> Finding.ok(check, "transparent huge pages: madvise");
      case "always" ->
          Finding.warn(
              check,
              "transparent huge pages: always",
              "echo madvise > /" + path + ": tables ask for them; elsewhere they cost pauses");
      default ->
          Finding.warn(
              check,
              "transparent huge pages: " + mode,
              "echo madvise > /" + path + ": reads of large tables get slower without them");
    };
  }

  private Finding lockedMemory() {
    String check = "memlock";
    Optional<String[]> limit = limit("Max locked memory");
    if (limit.isEmpty()) {
      return unseen(check, "/proc/" + machine.process() + "/limits");
    }
    if (mayLock()) {
      return Finding.ok(check, "may lock all memory (CAP_IPC_LOCK)");
    }
    String soft = limit.get()[0]; // What the kernel counts with; nothing raises it to the hard one.
    return soft.equals("unlimited")
        ? Finding.ok(check, "unlimited")
        : Finding.warn(
            check,
            "at most " + soft + " bytes",
            "LimitMEMLOCK=infinity in the unit, ulimit -l unlimited, or CAP_IPC_LOCK; else tables"
                + " may be swapped out");
  }

  private boolean mayLock() {
    try {
      return machine
          .ofProcess("status", "CapEff:")
          .filter(mask -> (Long.parseUnsignedLong(mask, 16) & CAP_IPC_LOCK) != 0)
          .isPresent();
    } catch (NumberFormatException garbled) {
      return false;
    }
  }

  /// Soft and hard.
  private Optional<String[]> limit(String name) {
    return machine
        .ofProcess("limits", name)
        .map(line -> line.split("\\s+"))
        .filter(words -> words.length >= 2);
  }

  /// The hard limit: a JVM raises its own soft one up to it.
  private Finding openFiles() {
    String check = "nofile";
    Optional<String[]> limit = limit("Max open files");
    String hard = limit.map(words -> words[1]).orElse("");
    if (hard.equals("unlimited")) {
      return Finding.ok(check, hard);
    }
    if (!hard.matches("\\d{1,18}")) {
      return unseen(check, "/proc/" + machine.process() + "/limits");
    }
    long files = Long.parseLong(hard);
    String remedy = "LimitNOFILE=" + FILES_GOOD + " in the unit, or ulimit -n " + FILES_GOOD;
    if (files >= FILES_GOOD) {
      return Finding.ok(check, "at most " + files + " open files");
    }
    return files >= FILES_MIN
        ? Finding.warn(check, "at most " + files + " open files", remedy)
        : Finding.fail(check, "at most " + files + " open files", remedy);
  }

  private Finding cpus() {
    String check = "cpus";
    Optional<String> allowed = machine.ofProcess("status", "Cpus_allowed_list:");
    if (allowed.isEmpty()) {
      return unseen(check, "/proc/" + machine.process() + "/status");
    }
    int count = count(allowed.get());
    String fact =
        String.format(
            Locale.ROOT,
            "may use %d of %s: %s",
            count,
            machine
                .text("sys/devices/system/cpu/online")
                .map(all -> Integer.toString(count(all)))
                .orElse("?"),
            allowed.get());
    return count >= CPUS_MIN
        ? Finding.ok(check, fact)
        : Finding.warn(
            check, fact, "give it two CPUs or more, so that reads go on beside the log's writer");
  }

  /// How many there are in `0-3,8`.
  private static int count(String ranges) {
    int count = 0;
    for (String range : ranges.split(",", -1)) {
      if (range.matches("\\d{1,6}-\\d{1,6}")) {
        String[] ends = range.split("-", -1);
        count += Integer.parseInt(ends[1]) - Integer.parseInt(ends[0]) + 1;
      } else {
        count += range.matches("\\d+") ? 1 : 0;
      }
    }
    return count;
  }

  private Finding clock() {
    String check = "clock-source";
    String path = "sys/devices/system/clocksource/clocksource0/current_clocksource";
    Optional<String> source = machine.text(path).filter(text -> !text.isEmpty());
    if (source.isEmpty()) {
      return unseen(check, "/" + path);
    }
    return SLOW_CLOCKS.contains(source.get())
        ? Finding.warn(
            check,
            source.get() + ": every look at the clock is a slow one",
            "boot with clocksource=tsc, or take the hypervisor's own (kvm-clock)")
        : Finding.ok(check, source.get());
  }

  private Finding time() {
    String check = "time";
    Set<String> daemons = new TreeSet<>(machine.processes());
    daemons.retainAll(TIME_DAEMONS);
    if (machine.has("run/systemd/timesync/synchronized")) {
      return Finding.ok(check, "synchronized (systemd-timesyncd)");
    }
    return daemons.isEmpty()
        ? Finding.warn(
            check,
            "no time daemon is seen",
            "run chronyd or systemd-timesyncd here, or see that the host does: expiry goes by the"
                + " clock")
        : Finding.ok(check, "kept by " + String.join(", ", daemons));
  }
}
