package io.vxmeta.raft.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// A small file system on which a piece of work finds room for nothing, for one page, for two, and
/// so on, until it is done: so that each of its writes and each of its new names fails once.
public final class TightDisk {
  /* A tmpfs, because it gives room page by page and name by name, and nothing on top for a journal. It is mounted in a process of
   * its own, whose end takes it away, whatever happens.
   * Long work is tried with evenly spread amounts of room, and with each of the largest that do not suffice: what makes it count
   * is written last. */
  private static final int PAGE_BYTES = 4_096;
  private static final String OPTIONS = "size=16m,nr_inodes=2000";
  private static final int STEPS_AT_END = 2;

  /// Work may take, for a while, more than it keeps.
  private static final int ROOM_SPARE = 100;

  private final Path root;
  private int works;

  private TightDisk(Path root) {
    this.root = root;
  }

  /// What there is little of.
  enum Scarce {
    PAGES,
    NAMES
  }

  /// One piece of work in a directory of its own.
  public interface Work extends AutoCloseable {
    /// Whether it was done; one that was not has been told so, and may be tried again.
    ///
    /// @throws IOException or any other exception if it was not
    boolean attempt() throws Exception;

    /// Without room, after an attempt that failed: what was there before can be used.
    void requireOld() throws Exception;

    /// After one that succeeded.
    void requireNew() throws Exception;

    @Override
    default void close() throws IOException {}
  }

  /// Makes, with room, what is there before the work.
  @FunctionalInterface
  public interface Beginning {
    Work in(Path place) throws Exception;
  }

  /// Runs a main class in a process that has such a disk at `root`, and gives what it printed.
  ///
  /// @param root an empty directory, which the class gets as its first argument
  /// @param aside another one, its second argument, where there is room enough
  public static String run(Path root, Path aside, Class<?> main)
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            "unshare",
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs -o "
                + OPTIONS
                + " none \"$0\" && mount -t tmpfs none \"$1\" && shift && exec \"$@\"",
            root.toString(),
            aside.toString(),
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dvx.long=" + Boolean.getBoolean("vx.long"),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            main.getName(),
            root.toString(),
            aside.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }

  /// The disk of a process that was started by `run`.
  public static TightDisk at(Path root) {
    return new TightDisk(root);
  }

  /// Does the work again and again, each time with a little more room.
  ///
  /// @param stepsMax so many times, and a few more where it is almost done
  public void sweep(String name, int stepsMax, Beginning beginning) throws Exception {
    long begun = System.nanoTime();
    for (Scarce scarce : Scarce.values()) {
      int needed = needed(scarce, beginning);
      int failures = failures(scarce, 1 + needed / stepsMax, ROOM_SPARE + 2 * needed, beginning);
      System.out.printf(
          "%s: scarce=%s needed=%d refused_for_want_of_room=%d ms=%d%n",
          name, scarce, needed, failures, (System.nanoTime() - begun) / 1_000_000);
      assertTrue(failures > 0 || needed == 0, () -> name + ": goes without " + scarce);
    }
  }

  /// What the work takes when there is enough.
  private int needed(Scarce scarce, Beginning beginning) throws Exception {
    Path place = place();
    try (Work work = beginning.in(place)) {
      long before = used(scarce);
      assertTrue(work.attempt(), "expected work that is done where there is room");
      long taken = used(scarce) - before;
      work.requireNew();
      return Math.toIntExact(Math.max(taken, 0));
    } finally {
      delete(place);
    }
  }

  /// With more and more room until it suffices, and then with a little less than that.
  private int failures(Scarce scarce, int stride, int roomMax, Beginning beginning)
      throws Exception {
    int failures = 0;
    int room = 0;
    while (tryWith(scarce, room, beginning) > 0) {
      failures++;
      room += stride;
      assertTrue(room <= roomMax, "expected work that is done where there is room");
    }
    for (int less = 1; less < stride && less <= STEPS_AT_END; less++) {
      failures += tryWith(scarce, room - less, beginning);
    }
    return failures;
  }

  /// 1 if the work did not find enough.
  private int tryWith(Scarce scarce, int room, Beginning beginning) throws Exception {
    Path place = place();
    try (Work work = beginning.in(place)) {
      leave(scarce, room);
      boolean done = attempt(work);
      if (!done) {
        work.requireOld();
      }
      free();
      if (!done) {
        assertTrue(work.attempt(), () -> "not done with room: scarce=" + scarce + " was=" + room);
      }
      work.requireNew();
      return done ? 0 : 1;
    } catch (Exception | AssertionError e) {
      throw new AssertionError("with little room: scarce=" + scarce + " room=" + room, e);
    } finally {
      free();
      delete(place);
    }
  }

  /// Only for want of room may it fail, and it must say so.
  private static boolean attempt(Work work) {
    try {
      return work.attempt();
    } catch (Exception e) {
      boolean said = false;
      for (Throwable cause = e; cause != null && !said; cause = cause.getCause()) {
        said = String.valueOf(cause.getMessage()).contains("No space left on device");
      }
      if (!said) {
        throw new AssertionError("expected to be told that there is no room", e);
      }
      return false;
    }
  }

  private Path place() throws IOException {
    return Files.createDirectory(root.resolve("work-" + works++));
  }

  private long used(Scarce scarce) throws IOException {
    if (scarce == Scarce.PAGES) {
      return (Files.getFileStore(root).getTotalSpace() - Files.getFileStore(root).getUsableSpace())
          / PAGE_BYTES;
    }
    try (Stream<Path> all = Files.walk(root)) {
      return all.count();
    }
  }

  private void leave(Scarce scarce, int room) throws IOException {
    Path ballast = Files.createDirectory(root.resolve("ballast"));
    if (scarce == Scarce.PAGES) {
      leavePages(ballast.resolve("pages"), room);
    } else {
      leaveNames(ballast, room);
    }
  }

  private void leavePages(Path file, int room) throws IOException {
    byte[] page = new byte[PAGE_BYTES];
    long pages = Files.getFileStore(root).getUsableSpace() / PAGE_BYTES - room;
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long i = 0; i < pages; i++) {
        out.write(page);
      }
    }
  }

  private static void leaveNames(Path ballast, int room) throws IOException {
    List<Path> made = new ArrayList<>();
    try {
      while (true) {
        made.add(Files.createFile(ballast.resolve("name-" + made.size())));
      }
    } catch (IOException noNameLeft) {
      for (Path file : made.subList(made.size() - room, made.size())) {
        Files.delete(file);
      }
    }
  }

  private void free() throws IOException {
    delete(root.resolve("ballast"));
  }

  /// Deletes a directory with all that is in it, if it is there.
  public static void delete(Path directory) throws IOException {
    List<Path> all = new ArrayList<>();
    if (Files.exists(directory)) {
      try (Stream<Path> walk = Files.walk(directory)) {
        walk.forEach(all::add);
      }
    }
    Collections.sort(all, Comparator.reverseOrder());
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
