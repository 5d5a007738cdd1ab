package io.vxmeta.raft.recover;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets a node with a new data directory start only when the others can tell that it never had
/// another one.
public final class FirstStart implements AutoCloseable {
  /* What for: a node that lost its data has forgotten the entries it acknowledged and the votes it gave. If it came back empty
   *   under its old id, it could vote for a leader that lacks what only it and a node that is away now had: acknowledged
   *   writes would be lost with one disk.
   * How: each directory has an incarnation, and a node starts on a new one only after enough of the OTHER nodes keep that
   *   incarnation for it on disk. Each keeps the first that it hears of, for ever.
   * How many are enough: so many that two such sets share more nodes than may have lost their disks beside this one. Of n nodes a
   *   minority may be lost, this one among them, so f = (n - 1) / 2 - 1 others, none of one or two nodes; of m = n - 1 others
   *   two sets of k share 2k - m at least; 2k - m > f gives k = (m + m / 2 + 1) / 2. For 1 to 7 nodes: 0, 1, 2, 2, 3, 4, 5.
   * So a node that started with one incarnation meets, with another, somebody who still keeps the first.
   * What it costs: a cluster of three can begin only when all three have been up, not necessarily at once.
   * Threads: the node's main thread waits, BEFORE the Raft server makes its groups. `waiting` and `close` from any.
   */
  private static final Logger LOG = LoggerFactory.getLogger(FirstStart.class);
  private static final long PAUSE_FIRST_MS = 50;
  private static final long PAUSE_MAX_MS = 2_000;

  private final NodeId self;
  private final String incarnation;
  private final Witnesses witnesses;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Optional<String> waiting = Optional.empty();

  public FirstStart(NodeId self, String incarnation, Witnesses witnesses) {
    this.self = self;
    this.incarnation = incarnation;
    this.witnesses = witnesses;
  }

  /// The other nodes.
  @FunctionalInterface
  public interface Witnesses {
    /// Under which incarnation a node first met this one: the given one if it did not know it
    /// before.
    ///
    /// @throws IOException if it does not answer
    String ask(NodeId witness, String incarnation) throws IOException;
  }

  /// Why the node does not start yet; empty when it is not waiting.
  public Optional<String> waiting() {
    return waiting;
  }

  /// How many of so many other nodes must know it.
  static int needed(int others) {
    return others == 0 ? 0 : (others + others / 2 + 1) / 2;
  }

  /// Returns when the node may start.
  ///
  /// @throws IOException if it had another directory before, or is being stopped
  public void await(List<NodeId> others) throws IOException {
    int needed = needed(others.size());
    SortedSet<NodeId> met = new TreeSet<>();
    long pauseMs = PAUSE_FIRST_MS;
    Optional<String> told = Optional.empty();
    while (true) {
      Map<NodeId, String> silent = askAll(others, met);
      if (met.size() >= needed) {
        waiting = Optional.empty();
        return;
      }
      waiting =
          Optional.of(
              "its first start waits until enough of the other nodes know it: known_by=%s needed=%d silent=%s"
                  .formatted(met, needed, silent));
      if (!waiting.equals(told)) {
        LOG.info("first start: {}", waiting.get());
        told = waiting;
      }
      pause(pauseMs);
      pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
    }
  }

  /// Adds who knows this node, and returns why the rest do not say so.
  private SortedMap<NodeId, String> askAll(List<NodeId> others, SortedSet<NodeId> met)
      throws IOException {
    SortedMap<NodeId, String> silent = new TreeMap<>();
    for (NodeId other : others) {
      if (met.contains(other)) {
        continue;
      }
      String known;
      try {
        known = witnesses.ask(other, incarnation);
      } catch (IOException noAnswer) {
        silent.put(other, String.valueOf(noAnswer.getMessage()));
        continue;
      }
      if (!known.equals(incarnation)) {
        throw new IOException(
            "this node has lost its data: its data directory is new, and another node met it with an earlier one;"
                + " node=%s met_by=%s earlier=%s new=%s; it must not come back empty, because it may have"
                    .formatted(self, other, known, incarnation)
                + " acknowledged writes and given votes that it no longer knows: put its old data directory back,"
                + " or leave it down (docs/operations.md, \"When something is lost\")");
      }
      met.add(other);
    }
    return silent;
  }

  private void pause(long ms) throws IOException {
    try {
      if (closed.await(ms, TimeUnit.MILLISECONDS)) {
        throw new IOException("the node was stopped before its first start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a first start waited", e);
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
