package io.vxmeta.raft.observe;

import java.lang.ref.WeakReference;

/// What nobody holds, or holds but weakly.
public final class Garbage {

  private Garbage() {}

  /// Returns when it is gone.
  public static void collect() {
    WeakReference<Object> nobodys = new WeakReference<>(new Object());
    do {
      System.gc();
    } while (nobodys.get() != null);
  }
}
