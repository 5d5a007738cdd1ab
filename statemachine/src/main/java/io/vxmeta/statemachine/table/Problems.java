package io.vxmeta.statemachine.table;

import java.util.ArrayList;
import java.util.List;

/// What a walk found wrong so far, up to a limit: one broken link can break thousands of records.
final class Problems {

  private static final int KEPT_MAX = 50;

  private final List<String> kept = new ArrayList<>();
  private long found;

  void add(String problem) {
    found++;
    if (kept.size() < KEPT_MAX) {
      kept.add(problem);
    }
  }

  void compare(String what, long walked, long counted) {
    if (walked != counted) {
      add(what + " counted as " + counted + " but walked as " + walked);
    }
  }

  List<String> sentences() {
    List<String> all = new ArrayList<>(kept);
    if (found > kept.size()) {
      all.add((found - kept.size()) + " more problems");
    }
    return all;
  }
}
