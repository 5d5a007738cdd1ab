package io.vxmeta.raft.numa;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A device tree as the kernel of some machine would show it.
public final class MadeSysfs {
  private static final long GIB_IN_KB = 1L << 20;

  private final Path root;
  private final Path system;
  private final List<String> online = new ArrayList<>();

  private MadeSysfs(Path root) {
    this.root = root;
    this.system = root.resolve("devices/system");
  }

  /// A machine without domains yet.
  public static MadeSysfs in(Path root, String cpusOnline) throws IOException {
    MadeSysfs tree = new MadeSysfs(root);
    tree.write("cpu/online", cpusOnline);
    return tree;
  }

  /// With `cpus` in each domain and distances of 10 and 21, as most machines.
  static MadeSysfs ofAlike(Path root, int domains, int cpus) throws IOException {
    MadeSysfs tree = in(root, "0-" + (domains * cpus - 1));
    for (int id = 0; id < domains; id++) {
      String[] distances = new String[domains];
      Arrays.fill(distances, "21");
      distances[id] = "10";
      String list = id * cpus + "-" + ((id + 1) * cpus - 1);
      tree.domain(id, list, 64, String.join(" ", distances));
    }
    return tree;
  }

  /// Adds one.
  ///
  /// @param distances to each domain that is online, in their order
  public MadeSysfs domain(int id, String cpus, int gibibytes, String distances) throws IOException {
    String node = "node/node" + id + "/";
    write(node + "cpulist", cpus);
    write(
        node + "meminfo",
        "Node %d MemTotal:       %d kB\nNode %d MemFree:        1024 kB"
            .formatted(id, gibibytes * GIB_IN_KB, id));
    write(node + "distance", distances);
    online.add(Integer.toString(id));
    write("node/online", String.join(",", online));
    return this;
  }

  /// Puts something else into a file.
  MadeSysfs write(String file, String text) throws IOException {
    Path path = system.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text + "\n");
    return this;
  }

  MadeSysfs without(String file) throws IOException {
    Files.delete(system.resolve(file));
    return this;
  }

  public Path root() {
    return root;
  }
}
