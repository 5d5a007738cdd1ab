package io.vxmeta.raft.numa;

import io.vxmeta.raft.numa.MachineTopology.Domain;
import io.vxmeta.shardmap.NumaDomain;
import io.vxmeta.statemachine.os.IdSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads a machine's domains from the kernel's device tree.
///
/// Threads: any; nothing is kept.
final class SysfsTree {
  /* Layout, below ROOT/devices/system: node/online and cpu/online are lists; node/nodeN/cpulist, too, empty for memory alone;
   *   node/nodeN/meminfo has a line "Node N MemTotal: 123 kB"; node/nodeN/distance has a number for each domain online, in their order.
   * A CPU that is switched off may still stand in its domain's list, so the list of those online counts.
   * References: Documentation/ABI/stable/sysfs-devices-node of the kernel. */

  private static final Pattern MEMORY =
      Pattern.compile("(?m)^Node \\d+ MemTotal:\\s+(\\d{1,15}) kB$");

  private static final int KILO = 1024;

  private final Path nodes;
  private final Path cpusOnline;

  SysfsTree(Path root) {
    Path system = root.resolve("devices").resolve("system");
    this.nodes = system.resolve("node");
    this.cpusOnline = system.resolve("cpu").resolve("online");
  }

  /// @return empty if the kernel tells nothing of domains
  /// @throws IOException if it tells something that is not understood; the message names the file
  Optional<MachineTopology> read() throws IOException {
    Path online = nodes.resolve("online");
    if (!Files.exists(online)) {
      return Optional.empty();
    }
    IdSet domains = parsed(online, "a list of domains such as 0-1", IdSet::parse);
    if (domains.isEmpty()) {
      return Optional.empty();
    }
    IdSet cpus = parsed(cpusOnline, "a list of CPUs such as 0-7", IdSet::parse);
    List<Domain> found = new ArrayList<>();
    for (int id : domains.all()) {
      found.add(domain(id, cpus, domains.size()));
    }
    return Optional.of(new MachineTopology(found));
  }

  private Domain domain(int id, IdSet online, int count) throws IOException {
    Path directory = nodes.resolve("node" + id);
    IdSet cpus = parsed(directory.resolve("cpulist"), "a list of CPUs such as 0-7", IdSet::parse);
    return new Domain(
        new NumaDomain(id),
        cpus.and(online),
        parsed(directory.resolve("meminfo"), "a line MemTotal in kB", SysfsTree::memoryBytes),
        parsed(
            directory.resolve("distance"),
            "a distance to each of " + count + " domains",
            text -> distances(text, count)));
  }

  private static long memoryBytes(String text) {
    Matcher line = MEMORY.matcher(text);
    if (!line.find()) {
      throw new IllegalArgumentException("no such line");
    }
    return Long.parseLong(line.group(1)) * KILO;
  }

  private static List<Integer> distances(String text, int count) {
    List<Integer> distances =
        Arrays.stream(text.strip().split("\\s+")).map(Integer::valueOf).toList();
    if (distances.size() != count || distances.stream().anyMatch(distance -> distance < 0)) {
      throw new IllegalArgumentException("not one each");
    }
    return distances;
  }

  private static <T> T parsed(Path file, String expected, Function<String, T> parse)
      throws IOException {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw notUnderstood(file, expected, "no such file", e);
    }
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      throw notUnderstood(file, expected, text.strip().replace('\n', ' '), e);
    }
  }

  private static IOException notUnderstood(
      Path file, String expected, String found, Exception cause) {
    return new IOException("expected " + expected + ": file=" + file + " found=" + found, cause);
  }
}
