package io.vxmeta.chaos.check.txn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The scalars of a history as small numbers: equal scalars, equal codes.
final class Values {
  /* A whole number from 0 below 2^30 is its own code, so most histories never look one up; every other scalar gets the
   * next negative code. */

  static final int DIRECT_MAX = (1 << 30) - 1;

  private final Map<Object, Integer> codes = new HashMap<>();
  private final List<Object> others = new ArrayList<>();

  int code(Object scalar) {
    return scalar instanceof Long number ? code(number.longValue()) : other(scalar);
  }

  int code(long number) {
    return number >= 0 && number <= DIRECT_MAX ? (int) number : other(number);
  }

  private int other(Object scalar) {
    return codes.computeIfAbsent(
        scalar,
        _ -> {
          others.add(scalar);
          return -others.size();
        });
  }

  Object scalar(int code) {
    return code >= 0 ? (Object) (long) code : others.get(-code - 1);
  }
}
