package io.vxmeta.chaos.seeded;

import java.util.List;

/// Mistakes in transactions and tables.
final class StateBugs {
  private static final String ROOM = "io.vxmeta.statemachine.";
  private static final String TRANSACTIONS = ROOM + "Transactions";
  private static final String TABLE = ROOM + "table.";

  static final List<SeededBug> ALL =
      List.of(
          SeededBug.inNodes(
              "clock-in-apply",
              "applying a put reads this machine's clock",
              "replicas are equal",
              "digests",
              new Patch(
                  TRANSACTIONS, "put", Edit.redirects("BatchReader.expiresAtMs", "wallClock"))),
          SeededBug.inNodes(
              "sequence-check-skipped",
              "after a change of leaders a producer's repeated sequence is applied again",
              "exactly-once writes",
              "exactly-once",
              new Patch(
                  "io.vxmeta.raft.ratis.GroupMachine",
                  "notifyLeaderChanged",
                  Edit.begins("leaderChanged")),
              new Patch(
                  ROOM + "Producers",
                  "admit",
                  Edit.redirects("AnswerWindow.holds", "heldUntilLeaderChange"))),
          SeededBug.inNodes(
              "compare-on-stale-copy",
              "compares look at what the keys were before the log entry",
              "atomic transactions",
              "server-order",
              new Patch(ROOM + "GroupState", "apply", Edit.begins("entryBegins")),
              new Patch(TRANSACTIONS, "comparesHold", Edit.redirects("Table.find", "staleFind"))),
          SeededBug.inNodes(
              "half-applied-transaction",
              "of some transactions the last mutation is left out",
              "atomic transactions",
              "bank",
              new Patch(
                  TRANSACTIONS,
                  "mutate",
                  Edit.redirects("BatchReader.rewindMutations", "firstMutation")),
              new Patch(
                  TRANSACTIONS,
                  "mutate",
                  Edit.redirects("BatchReader.nextMutation", "nextButSomeLast"))),
          SeededBug.inNodes(
              "aborted-transaction-leaks",
              "the first put of a transaction whose compare failed happens nevertheless",
              "atomic transactions",
              "server-order",
              new Patch(
                  TRANSACTIONS,
                  "decide",
                  Edit.redirects("Transactions.comparesHold", "leakyCompares"))),
          SeededBug.inNodes(
              "deleted-key-returns",
              "when a bucket splits, keys that were deleted from it come back",
              "deletes last",
              "set",
              new Patch(TABLE + "BucketWriter", "remove", Edit.begins("removing")),
              new Patch(TABLE + "Table", "delete", Edit.skips("RecordHeap.free")),
              new Patch(
                  TABLE + "BucketWriter",
                  "partition",
                  Edit.redirects("BucketIndex.collect", "collectWithRemoved"))),
          SeededBug.inNodes(
              "split-loses-record",
              "a bucket that splits forgets a record now and then",
              "acknowledged writes survive",
              "set",
              new Patch(
                  TABLE + "BucketWriter",
                  "partition",
                  Edit.redirects("ChainSlots.add", "addMostly"))),
          SeededBug.inNodes(
              "freed-slot-read",
              "a reader trusts what it copied without looking at the bucket's sequence again",
              "records are never torn",
              "server-order",
              new Patch(TABLE + "BucketIndex", "still", Edit.answers(1)),
              new Patch(TABLE + "TableReader", "unchanged", Edit.answers(1))));

  private StateBugs() {}
}
