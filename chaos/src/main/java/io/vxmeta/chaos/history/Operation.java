package io.vxmeta.chaos.history;

import com.google.gson.JsonElement;
import java.util.List;
import java.util.Map;

/// One event of a history: a transaction is called, or its outcome becomes known.
///
/// `extras` keeps the fields the model does not name (`revision`, `node`, `role`, `error`).
public record Operation(
    long index,
    long timeNanos,
    long process,
    Type type,
    List<Micro> value,
    Map<String, JsonElement> extras) {

  /// The extra field in which the first event of a recorded stream says what its clients did.
  public static final String WORKLOAD = "workload";

  /// What is known at this event.
  public enum Type {
    /// The call goes out.
    INVOKE,
    /// It happened, and these are its answers.
    OK,
    /// It certainly did not happen.
    FAIL,
    /// Nobody knows: it may have happened, or happen later, or never.
    INFO
  }

  public Operation {
    value = List.copyOf(value);
    extras = Map.copyOf(extras);
  }

  public boolean completes() {
    return type != Type.INVOKE;
  }
}
