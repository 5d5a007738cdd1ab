package io.vxmeta.chaos.run;

import io.vxmeta.chaos.cluster.VxHome;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The folder of a run, empty and its own: what an earlier run proved there is moved aside, and a
/// second run is refused.
public final class RunFolder implements AutoCloseable {
  /* The lock is a file beside the folder, NAME.lock, so that it stays where it is when the folder is moved. The kernel lets go of it
   * when the process ends, in whatever way. A JVM asks for a folder again only when it has closed it: to close a second channel of
   * the file would end the lock of the first.
   * A result that passed is deleted. One that did not, and one without a record, which broke off, becomes NAME-yyyyMMdd-HHmmss:
   * UTC, of its oldest file, which is as old as the run. */

  /// Results moved aside of one folder; each holds the data of a cluster, so they are not small.
  static final int ASIDE_MAX = 5;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);
  private static final String TIME_PATTERN = "-\\d{8}-\\d{6}(-\\d+)?";

  private final Path path;
  private final FileChannel lock;

  private RunFolder(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /// Throws [IllegalStateException] when another run has it.
  ///
  /// @param told gets a line for everything that is moved aside, or deleted for being too old
  public static RunFolder take(Path folder, Consumer<String> told) throws IOException {
    Path path = folder.toAbsolutePath();
    Files.createDirectories(path.resolveSibling(""));
    FileChannel lock = lock(path);
    try {
      clear(path, told);
      return new RunFolder(Files.createDirectories(path), lock);
    } catch (IOException | RuntimeException failed) {
      lock.close();
      throw failed;
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    Path file = folder.resolveSibling(folder.getFileName() + ".lock");
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException heldByThisJvm) {
      // As good as held by another.
    }
    channel.close();
    throw new IllegalStateException(
        "expected a folder that no other run uses: folder=%s lock=%s; wait for that run to end, or name another folder"
            .formatted(folder, file));
  }

  private static void clear(Path folder, Consumer<String> told) throws IOException {
    List<Path> left = Files.exists(folder) ? entries(folder, _ -> true) : List.of();
    if (left.isEmpty()) {
      return;
    }
    if (passed(folder)) {
      VxHome.delete(folder);
      return;
    }
    Path aside = free(folder, oldest(left));
    Files.move(folder, aside);
    told.accept(
        "the last run here did not pass, or broke off; what it left is moved: folder=" + aside);
    List<Path> kept = aside(folder);
    for (Path tooOld : kept.subList(0, Math.max(0, kept.size() - ASIDE_MAX))) {
      VxHome.delete(tooOld);
      told.accept("more than %d such; deleted the oldest: folder=%s".formatted(ASIDE_MAX, tooOld));
    }
  }

  private static boolean passed(Path folder) {
    try {
      return RunRecord.read(folder).exitCode() == ChaosCommand.VALID;
    } catch (IOException | RuntimeException noRecord) {
      return false;
    }
  }

  private static Instant oldest(List<Path> files) throws IOException {
    List<FileTime> times = new ArrayList<>();
    for (Path file : files) {
      times.add(Files.getLastModifiedTime(file));
    }
    return times.stream().sorted().findFirst().orElseThrow().toInstant();
  }

  /// A name that nothing has yet.
  private static Path free(Path folder, Instant time) {
    String name = folder.getFileName() + "-" + TIME.format(time);
    Path free = folder.resolveSibling(name);
    for (int i = 2; Files.exists(free); i++) {
      free = folder.resolveSibling(name + "-" + i);
    }
    return free;
  }

  /// What was moved aside of a folder, the oldest first.
  static List<Path> aside(Path folder) throws IOException {
    Predicate<String> named =
        Pattern.compile(Pattern.quote("" + folder.getFileName()) + TIME_PATTERN).asMatchPredicate();
    return entries(folder.resolveSibling(""), path -> named.test("" + path.getFileName()));
  }

  private static List<Path> entries(Path folder, Predicate<Path> wanted) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(wanted).sorted().toList();
    }
  }

  public Path path() {
    return path;
  }

  /// What the run left stays; another may take the folder.
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
