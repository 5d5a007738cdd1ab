package io.vxmeta.chaos.demo;

import java.util.Locale;

/// What the demo found out.
///
/// @param readBack records that the leader and every follower returned as written
/// @param lost acknowledged records that some replica did not return as written
/// @param stale answers of the reader that missed what had been acknowledged before it asked
/// @param failoverMs the longest time without an acknowledgement from the killed leader's group
record DemoVerdict(
    int written,
    int acknowledged,
    int readBack,
    int lost,
    long stale,
    int digestMismatches,
    long failoverMs,
    double seconds) {

  boolean passed() {
    return lost == 0 && stale == 0 && digestMismatches == 0 && readBack == acknowledged;
  }

  private String word() {
    return passed() ? "PASS" : "FAIL";
  }

  String line() {
    return "demo: %s written=%d acknowledged=%d lost=%d stale=%d failover_ms=%d"
        .formatted(word(), written, acknowledged, lost, stale, failoverMs);
  }

  String json() {
    return String.format(
        Locale.ROOT,
        "{\"demo\":\"%s\",\"written\":%d,\"acknowledged\":%d,\"read_back\":%d,\"lost\":%d,"
            + "\"stale\":%d,\"failover_ms\":%d,\"seconds\":%.1f}",
        word(),
        written,
        acknowledged,
        readBack,
        lost,
        stale,
        failoverMs,
        seconds);
  }
}
