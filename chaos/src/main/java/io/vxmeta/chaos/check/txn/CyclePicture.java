package io.vxmeta.chaos.check.txn;

import java.util.List;

/// Draws a cycle: its transactions in a ring, an arrow for each reason.
record CyclePicture(String title, List<String> transactions, List<Edge> edges) {
  /// Why a transaction comes before the next one of the ring.
  record Edge(String label, String why) {}

  Picture draw() {
    return new Picture("", "");
  }
}
