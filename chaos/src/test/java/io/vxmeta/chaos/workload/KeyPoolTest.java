package io.vxmeta.chaos.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Keys are chosen unevenly and replaced when they are used up.
class KeyPoolTest {
  private static final int STRIDE = 3;
  private static final int WRITES_MAX = 4;

  private final Random random = new Random(1);
  private final KeyPool pool = new KeyPool(2, STRIDE, 5, WRITES_MAX);

  @Test
  void valuesOfAKeyAreGivenOnceAndNoMoreThanAllowed() {
    Map<Long, Set<Long>> given = new HashMap<>();
    for (int i = 0; i < 500; i++) {
      long key = pool.choose(random);
      long value = pool.value(key);
      assertTrue(given.computeIfAbsent(key, _ -> new HashSet<>()).add(value));
    }
    given.values().forEach(values -> assertTrue(values.size() <= WRITES_MAX));
    assertTrue(pool.keys().containsAll(given.keySet()));
    pool.keys().forEach(key -> assertEquals(2, key % STRIDE));
  }

  @Test
  void eachKeyIsChosenAboutTwiceAsOftenAsTheNext() {
    Map<Long, Integer> chosen = new HashMap<>();
    IntStream.range(0, 8_000).forEach(_ -> chosen.merge(pool.choose(random), 1, Integer::sum));
    List<Integer> counts = pool.keys().stream().map(key -> chosen.getOrDefault(key, 0)).toList();
    for (int i = 1; i < counts.size(); i++) {
      assertTrue(counts.get(i - 1) > 1.5 * counts.get(i), () -> "" + counts);
    }
  }

  @Test
  void retiredKeyIsNeverWrittenAgainButRead() {
    long key = pool.choose(random);
    pool.retire(key);
    assertEquals(KeyPool.NONE, pool.value(key));
    assertTrue(pool.keys().contains(key));
    IntStream.range(0, 1_000).forEach(_ -> assertTrue(pool.choose(random) != key));
  }
}
