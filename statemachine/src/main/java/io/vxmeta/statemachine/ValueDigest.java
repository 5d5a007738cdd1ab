package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// Compares values with the SHA-256 that a caller expects; for one thread.
final class ValueDigest {
  /* Why SHA-256: every language has it, and nobody can make two values that agree. It costs some 0.3 us for a small value;
   * Limits.DIGEST_COMPARES_MAX bounds what large ones cost.
   */

  private final MessageDigest sha;
  private final byte[] actual = new byte[Limits.DIGEST_BYTES];

  ValueDigest() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("expected SHA-256, which every Java platform has", e);
    }
  }

  boolean matches(byte[] value, int length, byte[] expected, int expectedAt) {
    try {
      sha.update(value, 0, length);
      sha.digest(actual, 0, actual.length);
    } catch (DigestException e) {
      throw new IllegalStateException("expected room for 32 bytes of SHA-256", e);
    }
    return Arrays.equals(
        actual, 0, actual.length, expected, expectedAt, expectedAt + Limits.DIGEST_BYTES);
  }
}
