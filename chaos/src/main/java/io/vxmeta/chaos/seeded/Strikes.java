package io.vxmeta.chaos.seeded;

/// Counts the places an edit has changed.
final class Strikes {
  private int count;

  void add() {
    count++;
  }

  int count() {
    return count;
  }
}
