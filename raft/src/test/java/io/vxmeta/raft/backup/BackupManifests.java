package io.vxmeta.raft.backup;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Manifests that nobody wrote.
final class BackupManifests {
  private BackupManifests() {}

  /// The lines with a right hash behind them.
  static byte[] sealed(String body) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
      return (body + "sha256 " + HexFormat.of().formatHex(hash) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
