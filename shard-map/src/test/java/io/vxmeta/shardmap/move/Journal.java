package io.vxmeta.shardmap.move;

/// What the replica of the source that is copied from keeps in its memory: which keys changed.
final class Journal {
  private final MoveSetup setup;
  private int changed;
  private boolean whole;

  /// Only where the freeze is no entry.
  private boolean frozen;

  Journal(MoveSetup setup) {
    this.setup = setup;
  }

  void pass(Bits bits) {
    changed = bits.field(changed, setup.keys());
    whole = bits.flag(whole);
    if (setup.has(Flaw.FREEZE_IN_MEMORY)) {
      frozen = bits.flag(frozen);
    }
  }

  void begin() {
    changed = 0;
    whole = true;
    frozen = false;
  }

  void end() {
    changed = 0;
    whole = false;
    frozen = false;
  }

  void freeze() {
    frozen = true;
  }

  void thaw() {
    frozen = false;
  }

  void note(int key) {
    changed |= 1 << key;
  }

  /// The keys that changed since it was last asked, as bits.
  int take() {
    int keys = changed;
    changed = 0;
    return keys;
  }

  /// Another replica is asked from now on, which has noted nothing.
  void lose() {
    end();
    whole = setup.has(Flaw.LOST_JOURNAL_IS_EMPTY);
  }

  boolean isWhole() {
    return whole;
  }

  boolean isFrozen() {
    return frozen;
  }
}
