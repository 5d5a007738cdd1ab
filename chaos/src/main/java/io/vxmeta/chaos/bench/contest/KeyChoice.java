package io.vxmeta.chaos.bench.contest;

import java.util.Arrays;
import java.util.Random;

/// Which of the loaded keys is asked for next.
sealed interface KeyChoice {

  /// A number below the records.
  long next(Random random);

  static KeyChoice uniform(long records) {
    return new Uniform(records);
  }

  static KeyChoice zipf(int records) {
    return new Zipf(records);
  }

  /// Each as often as any other.
  record Uniform(long records) implements KeyChoice {
    @Override
    public long next(Random random) {
      return random.nextLong(records);
    }
  }

  /// The n-th most popular key as often as 1 / n^0.99, as in YCSB; popular keys are spread over all
  /// numbers.
  final class Zipf implements KeyChoice {
    private static final double SKEW = 0.99;

    /// Odd and without a common factor with most counts, so that neighbours in rank are no
    /// neighbours in number.
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final double[] upTo;

    private Zipf(int records) {
      upTo = new double[records];
      double sum = 0;
      for (int rank = 0; rank < records; rank++) {
        sum += 1 / Math.pow(rank + 1, SKEW);
        upTo[rank] = sum;
      }
    }

    @Override
    public long next(Random random) {
      int at = Arrays.binarySearch(upTo, random.nextDouble() * upTo[upTo.length - 1]);
      int rank = Math.min(at < 0 ? -at - 1 : at, upTo.length - 1);
      return Long.remainderUnsigned((rank + 1) * SPREAD, upTo.length);
    }
  }
}
