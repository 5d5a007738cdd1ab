package io.vxmeta.statemachine.batch;

/// Bytes that are not a batch this version can read; nothing of them was used.
public final class BatchFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BatchFormatException(String message) {
    super(message);
  }
}
