package io.vxmeta.chaos.verify;

import com.google.gson.JsonElement;
import io.vxmeta.chaos.check.linear.ReplicaDigests;
import io.vxmeta.chaos.check.linear.Verdict;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.List;

/// Judges recorded digests of replicas.
final class Digests {
  /* The form of a file: an ok event `["r","digest",n]` with `node`, `group` and `revision` for each answer. */

  private static final String DIGEST = "digest";

  private Digests() {}

  static Verdict judge(List<Operation> operations) {
    ReplicaDigests digests = new ReplicaDigests();
    for (Operation event : operations) {
      if (event.type() == Operation.Type.OK) {
        digests.add(sample(event));
      }
    }
    return digests.judge();
  }

  private static ReplicaDigests.Sample sample(Operation event) {
    if (event.value().size() == 1
        && event.value().getFirst() instanceof Micro.ReadValue(Object key, Long digest)
        && key.equals(DIGEST)) {
      return new ReplicaDigests.Sample(
          field(event, "group").getAsInt(),
          field(event, "revision").getAsLong(),
          field(event, "node").getAsString(),
          digest);
    }
    throw new IllegalArgumentException(
        "expected [\"r\",\"digest\",n]: index=" + event.index() + " value=" + event.value());
  }

  private static JsonElement field(Operation event, String name) {
    JsonElement found = event.extras().get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "expected the field `" + name + "`: index=" + event.index());
    }
    return found;
  }
}
