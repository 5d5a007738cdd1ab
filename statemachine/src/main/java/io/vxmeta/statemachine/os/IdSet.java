package io.vxmeta.statemachine.os;

import java.util.BitSet;
import java.util.List;

/// Numbers of CPUs or of NUMA domains, read and written as the kernel lists them: `0-3,8,10-11`.
///
/// Immutable.
public final class IdSet {

  public static final IdSet EMPTY = new IdSet(new BitSet());

  /// The kernel knows 8,192 CPUs and 1,024 domains at most; a larger number is no number of either.
  private static final int ID_MAX = 65_535;

  private final BitSet ids;

  private IdSet(BitSet ids) {
    this.ids = ids;
  }

  public static IdSet of(int... ids) {
    BitSet set = new BitSet();
    for (int id : ids) {
      set.set(id);
    }
    return new IdSet(set);
  }

  /// Reads what the kernel writes, as in `0-3,8`.
  ///
  /// @param list blank: no number
  /// @throws IllegalArgumentException if it is no such list
  public static IdSet parse(String list) {
    BitSet set = new BitSet();
    String stripped = list.strip();
    for (String range : stripped.isEmpty() ? new String[0] : stripped.split(",", -1)) {
      int dash = range.indexOf('-');
      int first = id(dash < 0 ? range : range.substring(0, dash), list);
      int last = dash < 0 ? first : id(range.substring(dash + 1), list);
      if (last < first) {
        throw notAList(list);
      }
      set.set(first, last + 1);
    }
    return new IdSet(set);
  }

  private static int id(String digits, String list) {
    try {
      int id = Integer.parseInt(digits);
      if (id >= 0 && id <= ID_MAX && Character.isDigit(digits.charAt(0))) {
        return id;
      }
    } catch (NumberFormatException _) {
      throw notAList(list);
    }
    throw notAList(list);
  }

  private static IllegalArgumentException notAList(String list) {
    return new IllegalArgumentException(
        "expected a list of numbers such as 0-3,8: text=" + list.strip());
  }

  /// @param words bit n of word w stands for the number 64 w + n
  static IdSet ofMask(long[] words) {
    return new IdSet(BitSet.valueOf(words));
  }

  long[] mask() {
    return ids.toLongArray();
  }

  /// Those in both.
  public IdSet and(IdSet other) {
    BitSet both = (BitSet) ids.clone();
    both.and(other.ids);
    return new IdSet(both);
  }

  public boolean contains(int id) {
    return ids.get(id);
  }

  public boolean isEmpty() {
    return ids.isEmpty();
  }

  public int size() {
    return ids.cardinality();
  }

  /// Ascending.
  public List<Integer> all() {
    return ids.stream().boxed().toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IdSet same && ids.equals(same.ids);
  }

  @Override
  public int hashCode() {
    return ids.hashCode();
  }

  /// As the kernel writes it; `none` if there is no number.
  @Override
  public String toString() {
    if (ids.isEmpty()) {
      return "none";
    }
    StringBuilder list = new StringBuilder();
    for (int first = ids.nextSetBit(0); first >= 0; ) {
      int end = ids.nextClearBit(first);
      list.append(list.isEmpty() ? "" : ",").append(first);
      list.append(end - first > 1 ? "-" + (end - 1) : "");
      first = ids.nextSetBit(end);
    }
    return list.toString();
  }
}
