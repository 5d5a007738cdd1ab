package io.vxmeta.statemachine.bench;

import java.util.SplittableRandom;

/// Keys in the random order in which they will be asked for, made before the clock starts.
final class ChosenKeys {

  /// A millisecond or two of work; its keys stay in the first caches for every store alike.
  static final int SIZE = 64 * StoreCase.KEYS_A_CALL;

  final byte[][] keys = new byte[SIZE][Records.KEY_BYTES];
  final long[] numbers = new long[SIZE];
  private final long population;
  private final SplittableRandom random;

  ChosenKeys(long population, long seed) {
    this.population = population;
    this.random = new SplittableRandom(seed);
  }

  /// Chooses keys anew.
  ///
  /// @return the sum of their values' marks
  long choose() {
    long sum = 0;
    for (int i = 0; i < SIZE; i++) {
      numbers[i] = random.nextLong(population);
      Records.key(numbers[i], keys[i]);
      sum += Records.mark(numbers[i]);
    }
    return sum;
  }
}
