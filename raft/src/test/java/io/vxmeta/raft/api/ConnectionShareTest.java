package io.vxmeta.raft.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.RetryInfo;
import io.vxmeta.client.grpc.ErrorReason;
import org.junit.jupiter.api.Test;

/// One connection can not take all the room there is for writes.
final class ConnectionShareTest {
  private static final int MEBIBYTE = 1 << 20;

  @Test
  void whatDoesNotFitIsRefusedAtOnceWithAHintAndFitsWhenSomethingHasEnded() {
    ConnectionShare share = new ConnectionShare();
    for (int i = 0; i < 8; i++) {
      share.take(MEBIBYTE);
    }
    Refusal refusal = assertThrows(Refusal.class, () -> share.take(1));
    assertEquals(ErrorReason.OVERLOADED, refusal.reason());
    assertTrue(
        refusal.status().getDetailsList().stream().anyMatch(each -> each.is(RetryInfo.class)));
    share.giveBack(MEBIBYTE);
    share.take(MEBIBYTE);
    assertThrows(Refusal.class, () -> share.take(1));
  }
}
