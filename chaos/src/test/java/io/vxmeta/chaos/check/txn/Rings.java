package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.Micro;
import java.util.List;

/// Copies of one shape that share no key.
final class Rings {
  private Rings() {}

  static List<Micro> named(List<Micro> steps, int ring) {
    return steps.stream().map(step -> named(step, step.key() + "/" + ring)).toList();
  }

  private static Micro named(Micro step, String key) {
    return switch (step) {
      case Micro.Append append -> new Micro.Append(key, append.element());
      case Micro.ReadList read -> new Micro.ReadList(key, read.elements());
      case Micro.Write write -> new Micro.Write(key, write.value());
      case Micro.ReadValue read -> new Micro.ReadValue(key, read.value());
      case Micro.ReadNull _ -> new Micro.ReadNull(key);
      case Micro.SingleKey other -> other;
    };
  }
}
