package io.vxmeta.chaos.check.txn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The lists that reads showed, each stored once: a read that repeats or continues another is only
/// its length.
final class Trunks {
  /* Reads of a healthy list are prefixes of each other, so a key has one trunk, and an answer of n elements costs one
   * comparison of n ints and no memory. A read that fits no trunk of its key starts another. Invariant: of the trunks of
   * a key `longest` has the most elements, the older one where two are equal. */

  /// Trunks of one key that a read is compared with before it starts its own. A healthy key has
  /// one; the bound keeps a key whose reads all differ from costing their square.
  private static final int COMPARED_MAX = 8;

  static final int NONE = -1;

  /// One stored list. `elements` numbers what `codes` says; `reader` is the event that showed all
  /// of it.
  static final class Trunk {
    final int key;
    private int[] codes;
    private int[] elements = new int[0];
    private int length;
    private int reader;

    Trunk(int key, int[] codes) {
      this.key = key;
      this.codes = codes;
    }

    int length() {
      return length;
    }

    int reader() {
      return reader;
    }

    int code(int place) {
      return codes[place];
    }

    int element(int place) {
      return elements[place];
    }
  }

  /// The trunks of one key, in the order in which they were started.
  private static final class OfKey {
    private final List<Integer> trunks = new ArrayList<>(1);
    private int longest = NONE;
  }

  private final Elements numbers;
  private final List<Trunk> trunks = new ArrayList<>();
  private final List<OfKey> keys = new ArrayList<>();

  Trunks(Elements numbers) {
    this.numbers = numbers;
  }

  /// Stores an answer that counts; returns its trunk, [#NONE] for an empty list.
  int seen(int key, int[] codes, int length, int reader) {
    if (length == 0) {
      return NONE;
    }
    OfKey of = of(key);
    int id = fitting(of, codes, length);
    if (id == NONE) {
      id = trunks.size();
      trunks.add(new Trunk(key, new int[0]));
      of.trunks.add(id);
    }
    Trunk trunk = trunks.get(id);
    if (length > trunk.length) {
      extend(trunk, codes, length, reader);
      if (of.longest == NONE || length > trunks.get(of.longest).length) {
        of.longest = id;
      }
    }
    return id;
  }

  /// Stores a list that must not count, for the record only.
  int aside(int[] codes, int length) {
    Trunk trunk = new Trunk(NONE, Arrays.copyOf(codes, length));
    trunk.length = length;
    trunks.add(trunk);
    return trunks.size() - 1;
  }

  Trunk trunk(int id) {
    return trunks.get(id);
  }

  /// [#NONE] for a key nobody read anything of.
  int longest(int key) {
    return of(key).longest;
  }

  /// The trunks of a key that are no prefix of its longest one.
  List<Trunk> odd(int key) {
    OfKey of = of(key);
    if (of.trunks.size() <= 1) {
      return List.of();
    }
    Trunk longest = trunks.get(of.longest);
    return of.trunks.stream()
        .map(trunks::get)
        .filter(trunk -> !fits(longest, trunk.codes, trunk.length))
        .toList();
  }

  private OfKey of(int key) {
    while (keys.size() <= key) {
      keys.add(new OfKey());
    }
    return keys.get(key);
  }

  private int fitting(OfKey of, int[] codes, int length) {
    if (of.longest != NONE && fits(trunks.get(of.longest), codes, length)) {
      return of.longest;
    }
    int newest = of.trunks.size() - 1;
    for (int i = newest; i >= 0 && i > newest - COMPARED_MAX; i--) {
      if (fits(trunks.get(of.trunks.get(i)), codes, length)) {
        return of.trunks.get(i);
      }
    }
    return NONE;
  }

  private static boolean fits(Trunk trunk, int[] codes, int length) {
    int common = Math.min(length, trunk.length);
    return Arrays.equals(trunk.codes, 0, common, codes, 0, common);
  }

  private void extend(Trunk trunk, int[] codes, int length, int reader) {
    if (length > trunk.codes.length) {
      int capacity = Math.max(length, trunk.codes.length + trunk.codes.length / 2);
      trunk.codes = Arrays.copyOf(trunk.codes, capacity);
      trunk.elements = Arrays.copyOf(trunk.elements, capacity);
    }
    for (int i = trunk.length; i < length; i++) {
      trunk.codes[i] = codes[i];
      trunk.elements[i] = numbers.number(trunk.key, codes[i]);
    }
    trunk.length = length;
    trunk.reader = reader;
  }
}
