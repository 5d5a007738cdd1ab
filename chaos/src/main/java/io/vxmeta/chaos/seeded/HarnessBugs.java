package io.vxmeta.chaos.seeded;

import java.util.List;

/// Mistakes in those who ask and judge.
final class HarnessBugs {
  private static final String CHECK = "io.vxmeta.chaos.check.txn.";

  static final List<SeededBug> ALL =
      List.of(
          SeededBug.inHarness(
              "client-unknown-failed",
              "the client calls a write failed of which it does not know how it ended",
              "refused means nothing happened",
              "transactions",
              new Patch(
                  "io.vxmeta.client.WriteCall",
                  "onEnding",
                  Edit.redirects("Ending$Failed.doubt", "noDoubt"))),
          SeededBug.inHarness(
              "checker-drops-rw",
              "the checker overlooks who read what was then overwritten",
              "the checker is right",
              "shapes",
              new Patch(CHECK + "ListAppend", "overwrites", Edit.skips("Edges.add"))),
          SeededBug.inHarness(
              "checker-drops-realtime",
              "the checker overlooks which call ended before another began",
              "the checker is right",
              "shapes",
              new Patch(CHECK + "Transactions", "realTimeOrder", Edit.skips("Edges.add"))),
          SeededBug.inHarness(
              "checker-counts-unknown-reads",
              "the checker believes the reads of calls that were never answered",
              "the checker is right",
              "shapes",
              new Patch(CHECK + "ListAppend", "infer", Edit.pretends("Transactions.ok", 1))));

  private HarnessBugs() {}
}
