package io.vxmeta.raft;

import io.vxmeta.shardmap.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// Ports for nodes, which keep them while they are down.
final class TestPorts {
  /* Below the range that outgoing connections take theirs from, and of a lane that this process has for itself, by a lock on a file: tests run
   * in several processes, and a node that is restarted must find its ports free. The lock goes with the process.
   */
  private static final int FIRST = 12_000;
  private static final int LANES = 12;
  private static final int LANE_PORTS = 500;

  private static final TestPorts OWN = ofFreeLane();

  private final FileChannel lock;
  private final int first;
  private int next;

  private TestPorts(FileChannel lock, int first) {
    this.lock = lock;
    this.first = first;
  }

  private static TestPorts ofFreeLane() {
    List<String> problems = new ArrayList<>();
    for (int lane = 0; lane < LANES; lane++) {
      Path file = Path.of(System.getProperty("java.io.tmpdir"), "vx-meta-test-ports-" + lane);
      try {
        FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.tryLock() != null) {
          return new TestPorts(channel, FIRST + lane * LANE_PORTS);
        }
        channel.close();
      } catch (IOException e) {
        // As good as held: another user may have made it.
        problems.add(file + ": " + e);
      }
    }
    throw new AssertionError(
        "expected fewer than " + LANES + " processes with test clusters; " + problems);
  }

  static List<Endpoint> free(int count) {
    return OWN.take(count);
  }

  /// The next ones that nobody listens on; those that were taken long ago come again.
  private synchronized List<Endpoint> take(int count) {
    if (!lock.isOpen()) {
      throw new AssertionError("the lane's lock is held as long as this process lives");
    }
    List<Endpoint> free = new ArrayList<>();
    for (int tried = 0; free.size() < count; tried++, next++) {
      if (tried > LANE_PORTS) {
        throw new AssertionError("expected free ports from " + first + " on");
      }
      int port = first + next % LANE_PORTS;
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        free.add(new Endpoint("127.0.0.1", probe.getLocalPort()));
      } catch (BindException _) {
        // Somebody has it; the next one, then.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return free;
  }
}
