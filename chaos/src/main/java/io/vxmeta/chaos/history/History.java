package io.vxmeta.chaos.history;

import com.google.gson.JsonElement;
import java.util.List;
import java.util.Map;

/// A named sequence of operations in the order they were observed, which is real time.
///
/// `workload` is empty in a plain operation stream. `options` and `verdicts` come with judged
/// histories only.
public record History(
    String id,
    String workload,
    Map<String, JsonElement> options,
    List<Operation> operations,
    Map<String, JsonElement> verdicts) {

  public History {
    options = Map.copyOf(options);
    operations = List.copyOf(operations);
    verdicts = Map.copyOf(verdicts);
  }

  /// A recorded run, of which only the operations are known.
  public static History ofRun(String id, List<Operation> operations) {
    return new History(id, "", Map.of(), operations, Map.of());
  }
}
