package io.vxmeta.client;

import java.util.Random;

/// Who writes: makes retries exactly-once. A higher epoch of the same id fences the lower ones.
public record ProducerIdentity(Bytes id, int epoch) {

  public static final int ID_BYTES = 16;

  public ProducerIdentity {
    if (id.length() != ID_BYTES || epoch < 1) {
      throw new IllegalArgumentException(
          "a producer has an id of 16 bytes and an epoch from 1: bytes="
              + id.length()
              + " epoch="
              + epoch);
    }
  }

  /// A producer nobody else has; pass a cryptographic source unless a test wants it repeatable.
  public static ProducerIdentity random(Random source) {
    byte[] id = new byte[ID_BYTES];
    source.nextBytes(id);
    return new ProducerIdentity(Bytes.wrap(id), 1);
  }
}
