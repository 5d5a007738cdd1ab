package io.vxmeta.raft.ratis;

import java.io.IOException;

/// A snapshot was asked for and there is none to take: the group has applied no entry since it was
/// made.
public final class NothingToSnapshot extends IOException {
  private static final long serialVersionUID = 1L;

  NothingToSnapshot(String message) {
    super(message);
  }
}
