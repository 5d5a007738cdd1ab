package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.check.txn.Verdict;
import io.vxmeta.chaos.cluster.ClusterPlan.Wiring;
import io.vxmeta.chaos.cluster.ClusterView;
import io.vxmeta.chaos.cluster.ProcessCluster;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.NodeId;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Those who ask and judge are under test: played in a process whose own classes carry the bug.
final class HarnessScenarios {
  private static final String NAMESPACE = "default";
  private static final Bytes KEY = Bytes.utf8("{cut}short");
  private static final String NAME = "short";
  private static final int ROUNDS = 8;

  /// Shorter than an election, so that the cut-off leader is still one when the cut is mended.
  private static final Duration IMPATIENCE = Duration.ofMillis(300);

  private HarnessScenarios() {}

  /// A leader loses its followers for a moment, and a write's deadline ends within it.
  static Finding writeIsCutShort(Arena arena) throws Exception {
    try (ProcessCluster cluster = arena.start(3, Wiring.PROXIED);
        VxClient client = arena.connect(cluster)) {
      ClusterView view = new ClusterView(client);
      view.awaitCaughtUp(3, Arena.PATIENCE);
      Transcript transcript = new Transcript();
      Finding finding = Finding.NONE;
      for (long number = 1; number <= ROUNDS && !finding.alarms(); number++) {
        read(client, transcript, 1_000 + number);
        NodeId leader = view.awaitLeader(Arena.GROUP, Arena.PATIENCE).node();
        cluster.network().isolate(leader);
        write(client, transcript, number);
        cluster.network().heal();
        view.awaitCaughtUp(3, Arena.PATIENCE);
        read(client, transcript, 2_000 + number);
        finding = transcript.judge();
      }
      return finding;
    }
  }

  private static void write(VxClient client, Transcript transcript, long number) {
    Micro step = new Micro.Write(NAME, number);
    transcript.call(number, step);
    Outcome<WriteAnswer> outcome =
        client.write(Transaction.put(NAMESPACE, KEY, Bytes.number(number)), IMPATIENCE);
    Operation.Type end =
        switch (outcome) {
          case Outcome.Done<WriteAnswer> _ -> Operation.Type.OK;
          case Outcome.Refused<WriteAnswer> _ -> Operation.Type.FAIL;
          case Outcome.Unknown<WriteAnswer> _ -> Operation.Type.INFO;
        };
    transcript.end(number, end, step);
  }

  private static void read(VxClient client, Transcript transcript, long process) {
    transcript.call(process, new Micro.ReadNull(NAME));
    Optional<StoredRecord> found = client.get(NAMESPACE, KEY);
    Micro seen =
        found.isEmpty()
            ? new Micro.ReadNull(NAME)
            : new Micro.ReadValue(NAME, ByteBuffer.wrap(found.get().value().toArray()).getLong());
    transcript.end(process, Operation.Type.OK, seen);
  }

  /// Small histories whose verdicts are known: the checker must find in each what is in it.
  static Finding shapesAreJudged(Arena arena) {
    return expect("write skew of two readers", writeSkew(), "G-single-item")
        .or(expect("stale read in real time", staleRead(), "G-single-item-realtime"))
        .or(expect("a read that was never answered", unansweredRead(), ""));
  }

  private static Finding expect(String shape, Transcript transcript, String anomaly) {
    Verdict verdict = transcript.verdict();
    List<String> expected = anomaly.isEmpty() ? List.of() : List.of(anomaly);
    return verdict.names().equals(expected)
        ? Finding.NONE
        : new Finding(
            "shapes",
            "%s: expected=%s found=%s outcome=%s"
                .formatted(shape, expected, verdict.names(), verdict.outcome()));
  }

  private static Micro append(String key, long element) {
    return new Micro.Append(key, element);
  }

  private static Micro list(String key, Object... elements) {
    return new Micro.ReadList(key, List.of(elements));
  }

  private static Transcript writeSkew() {
    return new Transcript()
        .call(1)
        .call(2)
        .call(3)
        .end(1, Operation.Type.OK, append("x", 1), append("y", 1))
        .end(2, Operation.Type.OK, append("x", 2), list("y"))
        .end(3, Operation.Type.OK, list("x", 1L, 2L));
  }

  private static Transcript staleRead() {
    return new Transcript()
        .call(1)
        .end(1, Operation.Type.OK, append("x", 1))
        .call(2)
        .end(2, Operation.Type.OK, append("x", 2))
        .call(3)
        .end(3, Operation.Type.OK, list("x", 1L))
        .call(4)
        .end(4, Operation.Type.OK, list("x", 1L, 2L));
  }

  private static Transcript unansweredRead() {
    return new Transcript()
        .call(1)
        .call(2)
        .call(3)
        .end(1, Operation.Type.INFO, append("x", 2), new Micro.ReadNull("y"))
        .end(2, Operation.Type.OK, append("x", 1), append("y", 1))
        .end(3, Operation.Type.OK, list("x", 1L, 2L), list("y", 1L));
  }
}
