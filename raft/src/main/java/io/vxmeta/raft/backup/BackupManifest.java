package io.vxmeta.raft.backup;

import io.vxmeta.statemachine.snapshot.SnapshotMoment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a backup is and which files with which checksums it consists of.
///
/// @param clusterId of the cluster that was backed up
/// @param createdMs when it was begun, by the clock of the machine that made it
/// @param groups by number, the root group first
record BackupManifest(String clusterId, long createdMs, List<Group> groups) {
  /* Layout in docs/disk-format.md: lines of text, the last one the SHA-256 of all before. Decoding checks the hash first,
   *   and accepts only names that can be no path out of the directory.
   */
  static final int FORMAT_VERSION = 1;

  /// Bytes of an encoded manifest, at most: some 800,000 files.
  static final int BYTES_MAX = 64 << 20;

  private static final String TITLE = "vx-meta backup";
  private static final String HASH = "sha256 ";
  private static final int HASH_LINE_BYTES = HASH.length() + 64 + 1;
  private static final int ID_DIGITS = 16;
  private static final Pattern FORMAT = Pattern.compile("format (\\d{1,9})");
  private static final Pattern CLUSTER = Pattern.compile("cluster ([a-z0-9._-]{1,63})");
  private static final Pattern CREATED = Pattern.compile("created-ms (\\d{1,18})");
  private static final Pattern GROUP =
      Pattern.compile(
          "group (\\d{1,3}) index (\\d{1,18}) term (\\d{1,18}) revision (\\d{1,18}) records (\\d{1,18})"
              + " digest ([0-9a-f]{16})");
  private static final Pattern FILE =
      Pattern.compile(
          "file (group-\\d{1,3}/\\d{20}/[A-Za-z0-9][A-Za-z0-9.-]*) (\\d{1,18}) ([0-9a-f]{8})");

  BackupManifest {
    groups = List.copyOf(groups);
  }

  /// One group's snapshot.
  ///
  /// @param moment of the group's history; its digest is of the entire state
  record Group(int group, SnapshotMoment moment, List<BackupFile> files) {
    Group {
      files = List.copyOf(files);
    }

    long bytes() {
      return files.stream().mapToLong(BackupFile::length).sum();
    }
  }

  /// One file.
  ///
  /// @param path below the backup's directory
  record BackupFile(String path, long length, int crc32c) {}

  long bytes() {
    return groups.stream().mapToLong(Group::bytes).sum();
  }

  /// Tells this backup from every other one.
  String id() {
    return HexFormat.of().formatHex(hash(body())).substring(0, ID_DIGITS);
  }

  byte[] encode() {
    byte[] body = body();
    byte[] last =
        (HASH + HexFormat.of().formatHex(hash(body)) + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[body.length + last.length];
    System.arraycopy(body, 0, all, 0, body.length);
    System.arraycopy(last, 0, all, body.length, last.length);
    return all;
  }

  private byte[] body() {
    StringBuilder text = new StringBuilder(TITLE).append('\n');
    text.append("format ").append(FORMAT_VERSION).append('\n');
    text.append("cluster ").append(clusterId).append('\n');
    text.append("created-ms ").append(createdMs).append('\n');
    for (Group group : groups) {
      SnapshotMoment at = group.moment();
      text.append(
          String.format(
              Locale.ROOT,
              "group %d index %d term %d revision %d records %d digest %016x\n",
              group.group(),
              at.index(),
              at.term(),
              at.revision(),
              at.records(),
              at.digest()));
      for (BackupFile file : group.files()) {
        text.append(
            String.format(
                Locale.ROOT, "file %s %d %08x\n", file.path(), file.length(), file.crc32c()));
      }
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// @throws DamagedBackup if the bytes are not what was written
  /// @throws IOException if a newer version wrote them
  static BackupManifest decode(byte[] bytes) throws IOException {
    int end = bytes.length - HASH_LINE_BYTES;
    String last =
        end < 0 ? "" : new String(bytes, end, HASH_LINE_BYTES, StandardCharsets.UTF_8).strip();
    byte[] body = new byte[Math.max(end, 0)];
    System.arraycopy(bytes, 0, body, 0, body.length);
    if (!last.equals(HASH + HexFormat.of().formatHex(hash(body)))) {
      throw damaged("the SHA-256 of the lines before as its last line", "bytes=" + bytes.length);
    }
    return new Reader(new String(body, StandardCharsets.UTF_8).lines().toList()).read();
  }

  /// Goes through the lines once.
  private static final class Reader {
    private final List<String> lines;
    private int at;

    Reader(List<String> lines) {
      this.lines = lines;
    }

    BackupManifest read() throws IOException {
      if (lines.isEmpty() || !lines.get(at++).equals(TITLE)) {
        throw damaged("'" + TITLE + "' as the first line", "line=1");
      }
      int format = Integer.parseInt(next(FORMAT).group(1));
      if (format > FORMAT_VERSION) {
        throw new IOException(
            "cannot read backup: expected format of at most "
                + FORMAT_VERSION
                + "; format="
                + format
                + "; a newer vx-meta made it: use that version");
      }
      String cluster = next(CLUSTER).group(1);
      long created = Long.parseLong(next(CREATED).group(1));
      List<Group> groups = new ArrayList<>();
      while (at < lines.size()) {
        groups.add(group(groups.size()));
      }
      return new BackupManifest(cluster, created, groups);
    }

    private Group group(int expected) throws DamagedBackup {
      Matcher group = next(GROUP);
      if (Integer.parseInt(group.group(1)) != expected) {
        throw damaged("group " + expected, "line=" + at);
      }
      SnapshotMoment moment =
          new SnapshotMoment(
              Long.parseLong(group.group(3)),
              Long.parseLong(group.group(2)),
              Long.parseLong(group.group(4)),
              Long.parseUnsignedLong(group.group(6), 16),
              Long.parseLong(group.group(5)));
      List<BackupFile> files = new ArrayList<>();
      while (at < lines.size() && lines.get(at).startsWith("file ")) {
        Matcher file = next(FILE);
        files.add(
            new BackupFile(
                file.group(1),
                Long.parseLong(file.group(2)),
                Integer.parseUnsignedInt(file.group(3), 16)));
      }
      return new Group(expected, moment, files);
    }

    private Matcher next(Pattern form) throws DamagedBackup {
      String line = at < lines.size() ? lines.get(at) : "";
      at++;
      Matcher matcher = form.matcher(line);
      if (!matcher.matches()) {
        throw damaged("a line of the form " + form, "line=" + at);
      }
      return matcher;
    }
  }

  private static DamagedBackup damaged(String expected, String fact) {
    return new DamagedBackup(
        "damaged file "
            + BackupFiles.MANIFEST
            + ": expected "
            + expected
            + "; "
            + fact
            + "; use another backup");
  }

  private static byte[] hash(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("expected SHA-256 in every JDK; use a complete JDK", e);
    }
  }
}
