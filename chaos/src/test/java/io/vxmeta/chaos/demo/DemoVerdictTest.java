package io.vxmeta.chaos.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

/// The last line of the demo, which scripts read.
class DemoVerdictTest {
  @Test
  void passIsSaidInTheAgreedWords() {
    DemoVerdict verdict = new DemoVerdict(10, 10, 10, 0, 0, 0, 812, 41.26);
    assertEquals(
        "demo: PASS written=10 acknowledged=10 lost=0 stale=0 failover_ms=812", verdict.line());
    assertEquals(
        "{\"demo\":\"PASS\",\"written\":10,\"acknowledged\":10,\"read_back\":10,\"lost\":0,"
            + "\"stale\":0,\"failover_ms\":812,\"seconds\":41.3}",
        verdict.json());
  }

  @Test
  void anythingLostStaleDifferentOrUnreadFails() {
    assertFalse(new DemoVerdict(10, 10, 9, 1, 0, 0, 0, 1).passed());
    assertFalse(new DemoVerdict(10, 10, 10, 0, 1, 0, 0, 1).passed());
    assertFalse(new DemoVerdict(10, 10, 10, 0, 0, 1, 0, 1).passed());
    assertFalse(new DemoVerdict(10, 10, 9, 0, 0, 0, 0, 1).passed());
  }
}
