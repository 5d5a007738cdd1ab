package io.vxmeta.raft.backup;

import java.io.IOException;

/// A backup that is not what was written, or was never finished; the message names the file.
final class DamagedBackup extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedBackup(String message) {
    super(message);
  }
}
