package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.NEVER;

import io.vxmeta.chaos.check.linear.RegisterOperation.Kind;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/// Operations on registers in columns, in the order in which they were invoked.
///
/// Operations that certainly did not happen are left out by whoever fills it: a read of what they
/// would have written is then a read of something nobody wrote.
public final class RegisterHistory {
  /* Threads: one fills, then any may read.
   * Invariant: `invoked` never decreases from one place to the next, so a smaller place means invoked no later.
   */

  /// Places are packed beside revisions in one long.
  public static final int OPERATIONS_MAX = 1 << 24;

  private int size;
  private int[] keys = new int[16];
  private Kind[] kinds = new Kind[16];
  private long[] expected = new long[16];
  private long[] arguments = new long[16];
  private long[] results = new long[16];
  private long[] revisions = new long[16];
  private long[] versions = new long[16];
  private long[] invoked = new long[16];
  private long[] finished = new long[16];

  /// Appends an operation, which must not be invoked before the last one appended.
  public void add(RegisterOperation operation) {
    if (size == OPERATIONS_MAX) {
      throw new IllegalStateException(
          "expected at most %d operations; split the history by shard group"
              .formatted(OPERATIONS_MAX));
    }
    if (size > 0 && operation.invoked() < invoked[size - 1]) {
      throw new IllegalArgumentException(
          "expected operations in the order of their invocation: place=%d invoked=%d previous=%d; sort them first"
              .formatted(size, operation.invoked(), invoked[size - 1]));
    }
    if (size == keys.length) {
      grow(2 * size);
    }
    keys[size] = operation.key();
    kinds[size] = operation.kind();
    expected[size] = operation.expected();
    arguments[size] = operation.argument();
    results[size] = operation.result();
    revisions[size] = operation.revision();
    versions[size] = operation.version();
    invoked[size] = operation.invoked();
    finished[size] = operation.finished();
    size++;
  }

  private void grow(int capacity) {
    keys = Arrays.copyOf(keys, capacity);
    kinds = Arrays.copyOf(kinds, capacity);
    expected = Arrays.copyOf(expected, capacity);
    arguments = Arrays.copyOf(arguments, capacity);
    results = Arrays.copyOf(results, capacity);
    revisions = Arrays.copyOf(revisions, capacity);
    versions = Arrays.copyOf(versions, capacity);
    invoked = Arrays.copyOf(invoked, capacity);
    finished = Arrays.copyOf(finished, capacity);
  }

  public int size() {
    return size;
  }

  int key(int place) {
    return keys[place];
  }

  Kind kind(int place) {
    return kinds[place];
  }

  long expected(int place) {
    return expected[place];
  }

  long argument(int place) {
    return arguments[place];
  }

  long result(int place) {
    return results[place];
  }

  long revision(int place) {
    return revisions[place];
  }

  long version(int place) {
    return versions[place];
  }

  long invoked(int place) {
    return invoked[place];
  }

  long finished(int place) {
    return finished[place];
  }

  boolean answered(int place) {
    return finished[place] != NEVER;
  }

  /// Whether it certainly wrote.
  boolean wrote(int place) {
    return answered(place)
        && (kind(place) == Kind.WRITE
            || (kind(place) == Kind.COMPARE_AND_SET
                && results[place] == RegisterOperation.ACCEPTED));
  }

  /// Whether it may have written: a write whose answer never came.
  boolean mayHaveWritten(int place) {
    return !answered(place) && kind(place) != Kind.READ;
  }

  /// The places of each key, ascending; reads that were not answered say nothing and are left out.
  SortedMap<Integer, int[]> placesByKey() {
    SortedMap<Integer, int[]> counts = new TreeMap<>();
    for (int place = 0; place < size; place++) {
      if (answered(place) || kind(place) != Kind.READ) {
        counts.computeIfAbsent(keys[place], _ -> new int[1])[0]++;
      }
    }
    SortedMap<Integer, int[]> places = new TreeMap<>();
    counts.forEach((key, count) -> places.put(key, new int[count[0]]));
    for (int place = 0; place < size; place++) {
      if (answered(place) || kind(place) != Kind.READ) {
        int[] left = counts.get(keys[place]);
        int[] of = places.get(keys[place]);
        if (left != null && of != null) {
          of[of.length - left[0]--] = place;
        }
      }
    }
    return places;
  }

  public RegisterOperation operation(int place) {
    return new RegisterOperation(
        keys[place],
        kind(place),
        expected[place],
        arguments[place],
        results[place],
        revisions[place],
        versions[place],
        invoked[place],
        finished[place]);
  }

  /// Names an operation in a proof.
  String words(int place) {
    return "operation %d, a %s".formatted(place, operation(place).words());
  }
}
