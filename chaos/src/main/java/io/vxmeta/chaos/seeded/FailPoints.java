package io.vxmeta.chaos.seeded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;

/// Arms fail points in a running node and reads what came of it; the node must have been started
/// with the options of [Seeding].
public final class FailPoints {
  /* Through two files in the node's folder: orders, which the node takes away, and hits, which it appends to. So a node that
   * is being started, or has no port open yet, can be told as well. */

  /// What the agent is told so that its node has fail points.
  static final String OPTION = "fail-points";

  /// Exit status of a node that a fail point halted.
  public static final int HALTED = 86;

  static final String ORDERS = "fail-points.orders";

  /// Written when a disk is full that was to be filled; a hit is noted before.
  static final String FILLED = "fail-points.filled";

  static final String HITS = "fail-points.hits";

  private FailPoints() {}

  /// What happens at the point.
  public sealed interface Action {}

  /// The process ends at that instant, as by kill -9.
  public record Halt() implements Action {}

  /// An IOException comes out of the point.
  public record Throw() implements Action {}

  /// The thread goes on after a while.
  public record Pause(int millis) implements Action {}

  /// The disk gets full, and the thread goes on.
  ///
  /// @param filler a file of that disk, which takes all the room; its name has no blank in it
  public record Fill(Path filler) implements Action {}

  /// One thing to do at one place.
  ///
  /// @param touch at which touch of the point from now on; 1 is the next
  public record Order(FailPoint point, Action action, long touch) {
    @Override
    public String toString() {
      String what =
          switch (action) {
            case Halt _ -> "halt";
            case Throw _ -> "throw";
            case Pause pause -> "pause " + pause.millis();
            case Fill fill -> "fill " + fill.filler();
          };
      return point.place() + " " + touch + " " + what;
    }

    static Order parse(String line) {
      String[] words = line.split(" ", -1);
      Action action =
          switch (words[2]) {
            case "halt" -> new Halt();
            case "throw" -> new Throw();
            case "fill" -> new Fill(Path.of(words[3]));
            default -> new Pause(Integer.parseInt(words[3]));
          };
      return new Order(FailPoint.at(words[0]), action, Long.parseLong(words[1]));
    }
  }

  /// Arms the point at its next touch; replaces an order the node has not taken yet.
  public static void arm(Path nodeFolder, FailPoint point, Action action) throws IOException {
    arm(nodeFolder, new Order(point, action, 1));
  }

  /// Takes effect within milliseconds in a running node, and before its first step in one that is
  /// started later.
  public static void arm(Path nodeFolder, Order order) throws IOException {
    Path written = nodeFolder.resolve(ORDERS + ".new");
    Files.writeString(written, order + "\n");
    Files.move(written, nodeFolder.resolve(ORDERS), StandardCopyOption.ATOMIC_MOVE);
  }

  /// Whether this process was started with fail points.
  public static boolean areIn(long pid) {
    try {
      String command = Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
      return Arrays.stream(command.split("\0", -1))
          .filter(word -> word.startsWith("-javaagent:"))
          .anyMatch(word -> word.contains(AgentJar.NAME) && word.contains(OPTION));
    } catch (IOException noSuchProcess) {
      return false;
    }
  }

  /// Whether the node has taken the last order.
  public static boolean taken(Path nodeFolder) {
    return !Files.exists(nodeFolder.resolve(ORDERS));
  }

  /// Takes back an order that the node has not taken.
  public static void disarm(Path nodeFolder) throws IOException {
    Files.deleteIfExists(nodeFolder.resolve(ORDERS));
  }

  /// The orders that were carried out, oldest first.
  public static List<Order> hits(Path nodeFolder) throws IOException {
    Path hits = nodeFolder.resolve(HITS);
    return Files.exists(hits)
        ? Files.readAllLines(hits).stream().map(Order::parse).toList()
        : List.of();
  }
}
