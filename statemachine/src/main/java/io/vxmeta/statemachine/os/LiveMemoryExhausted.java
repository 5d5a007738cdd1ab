package io.vxmeta.statemachine.os;

/// The machine gave no more room for live files. Nothing was changed; the replica cannot go on,
/// because replicas with room would.
public final class LiveMemoryExhausted extends RuntimeException {

  private static final long serialVersionUID = 1;

  public LiveMemoryExhausted(String message, Throwable cause) {
    super(message, cause);
  }

  public LiveMemoryExhausted(String message) {
    super(message);
  }
}
