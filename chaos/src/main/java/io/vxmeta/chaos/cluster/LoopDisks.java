package io.vxmeta.chaos.cluster;

import io.vxmeta.chaos.host.Command;
import io.vxmeta.chaos.host.LastWill;
import io.vxmeta.chaos.host.Machine;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A file of its own for each node, formatted with ext4 and mounted.
final class LoopDisks implements Disks, AutoCloseable {
  /* Layout: <node's folder>/disk.img, mounted on <node's folder>/disk.
   * Power: EXT4_IOC_SHUTDOWN without a flush of the journal. What was written to the image stays, so this loses what the
   *   page cache held, not what a drive's own cache would.
   * Cleanup: by a last will, so that no mount outlives this JVM. */

  /// Room for four groups' logs and snapshots; sparse, so it costs what is written.
  private static final long IMAGE_BYTES = 768L << 20;

  /// EXT4_IOC_SHUTDOWN and its flag for "do not flush the journal".
  private static final String CUT_POWER =
      "open(my $d, '<', $ARGV[0]) or die \"open: $!\";"
          + " my $flag = pack('L', 2);"
          + " ioctl($d, 0x8004587d, $flag) or die \"ioctl: $!\"";

  private static final List<String> PROGRAMS =
      List.of("mkfs.ext4", "losetup", "mount", "umount", "fsfreeze", "setsid", "perl");

  private final Path directory;
  private final Set<NodeId> mounted = new LinkedHashSet<>();
  private final LastWill will;

  LoopDisks(Path directory) throws IOException {
    whyNot()
        .ifPresent(why -> {
          throw new IllegalStateException(why);
        });
    this.directory = directory;
    this.will = new LastWill();
  }

  /// Why this machine can not have them, with the remedy.
  static Optional<String> whyNot() {
    if (!Machine.isRoot()) {
      return Optional.of(
          "disks of their own need mounts: expected=root user="
              + System.getProperty("user.name")
              + "; run as root");
    }
    Optional<String> missing =
        PROGRAMS.stream().filter(program -> !Machine.has(program)).findFirst();
    if (missing.isPresent()) {
      return missing.map(program ->
          "a program is missing: program=%s; apt-get install e2fsprogs util-linux mount perl"
              .formatted(program));
    }
    return Files.exists(Path.of("/dev/loop-control"))
        ? Optional.empty()
        : Optional.of("no loop devices here: missing=/dev/loop-control; modprobe loop");
  }

  /// Makes the disk unless it is there, and mounts it unless it is mounted.
  synchronized void mount(NodeId node) throws IOException, InterruptedException {
    if (!mounted.add(node)) {
      return;
    }
    Path image = image(node);
    if (!Files.exists(image)) {
      Files.createDirectories(mountPoint(node));
      String _ = Command.run("truncate", "-s", Long.toString(IMAGE_BYTES), image.toString());
      String _ = Command.run("mkfs.ext4", "-q", "-m", "0", image.toString());
    }
    String at = mountPoint(node).toString();
    will.undo("fsfreeze -u '%1$s'; umount '%1$s' || umount -l '%1$s'".formatted(at));
    String _ = Command.run("mount", "-o", "loop", image.toString(), at);
  }

  private Path image(NodeId node) {
    return directory.resolve(node.value()).resolve("disk.img");
  }

  @Override
  public Path mountPoint(NodeId node) {
    return directory.resolve(node.value()).resolve("disk");
  }

  @Override
  public long freeBytes(NodeId node) throws IOException {
    FileStore store = Files.getFileStore(mountPoint(node));
    return store.getUsableSpace();
  }

  @Override
  public void cutPower(NodeId node) throws IOException, InterruptedException {
    String _ = Command.run("perl", "-e", CUT_POWER, mountPoint(node).toString());
  }

  @Override
  public void restorePower(NodeId node) throws IOException, InterruptedException {
    String at = mountPoint(node).toString();
    String _ = Command.run("umount", at);
    String _ = Command.run("mount", "-o", "loop", image(node).toString(), at);
  }

  @Override
  public void hang(NodeId node) throws IOException, InterruptedException {
    String _ = Command.run("fsfreeze", "-f", mountPoint(node).toString());
  }

  @Override
  public void resume(NodeId node) throws IOException, InterruptedException {
    String _ = Command.run("sh", "-c", "fsfreeze -u \"$0\" || true", mountPoint(node).toString());
  }

  /// Lets everything that hangs go on, so that processes can end.
  void resumeAll() throws IOException {
    for (NodeId node : Set.copyOf(mounted)) {
      try {
        resume(node);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Unmounts; nobody may use the disks any more. Their images stay.
  @Override
  public void close() throws IOException {
    will.close();
  }
}
