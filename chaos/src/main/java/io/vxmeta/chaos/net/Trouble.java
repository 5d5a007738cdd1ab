package io.vxmeta.chaos.net;

import java.time.Duration;

/// What can be wrong with a way.
public sealed interface Trouble {

  /// Nothing arrives as long as it lasts; what was said meanwhile may arrive later.
  record Cut() implements Trouble {}

  /// What is said arrives later by something between the two, in order.
  record Late(Duration least, Duration most) implements Trouble {
    public Late {
      if (least.isNegative() || most.compareTo(least) < 0) {
        throw new IllegalArgumentException(
            "expected 0 <= least <= most; least=" + least + " most=" + most);
      }
    }
  }

  /// No more than so many bytes pass in a second.
  record Narrow(long bytesPerSecond) implements Trouble {
    public Narrow {
      if (bytesPerSecond < 1) {
        throw new IllegalArgumentException(
            "expected at least a byte per second: bytes_per_second=" + bytesPerSecond);
      }
    }
  }

  /// Packets get lost by chance.
  record Lossy(int percent) implements Trouble {
    public Lossy {
      if (percent < 1 || percent > 99) {
        throw new IllegalArgumentException("expected 1..99: percent=" + percent);
      }
    }
  }

  /// Connections made this way are reset, old ones and new ones.
  record Refused() implements Trouble {}

  /// The side that accepted forgets its connections, the side that made them is not told until the
  /// trouble is over; new ones hang.
  record HalfOpen() implements Trouble {}

  /// Connections that exist carry nothing any more, nobody is told, and they stay so when it is
  /// over; new ones are well.
  record BlackHole() implements Trouble {}
}
