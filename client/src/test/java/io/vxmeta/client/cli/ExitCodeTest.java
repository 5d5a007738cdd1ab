package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vxmeta.client.grpc.ErrorReason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What a cluster refuses is never told as an error of this machine.
final class ExitCodeTest {

  @ParameterizedTest
  @EnumSource(ErrorReason.class)
  void everyReasonOfAServerHasAMeaning(ErrorReason reason) {
    assertNotEquals(ExitCode.ERROR, ExitCode.ofReason(reason.name()));
  }

  @ParameterizedTest
  @CsvSource({
    "DISK_FULL, 4",
    "TABLE_FULL, 4",
    "PRODUCER_FENCED, 3",
    "PERMISSION_DENIED, 6",
    "INTERNAL, 1"
  })
  void reasonsHaveTheCodesThatScriptsActOn(String reason, int code) {
    assertEquals(code, ExitCode.ofReason(reason));
  }
}
