package io.vxmeta.statemachine.snapshot;

import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.batch.LittleEndian;
import io.vxmeta.statemachine.table.SegmentName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a snapshot is and which files with which checksums it consists of.
///
/// @param owner cluster and group
/// @param moment of the group's history
/// @param shards of the group, ascending
/// @param files all files but the manifest itself
public record SnapshotManifest(
    SnapshotOwner owner, SnapshotMoment moment, List<Integer> shards, List<SnapshotFile> files) {
  /* Layout in docs/disk-format.md: a fixed header, cluster id, shards, files, and the SHA-256 of all that. Decoding checks the
   * hash first and then every length against what is left, and accepts only names that can be no path out of the directory.
   */

  /// The bytes "VXMF".
  private static final int MAGIC = 'V' | ('X' << 8) | ('M' << 16) | ('F' << 24);

  static final int FORMAT_VERSION = 1;

  /// Bytes of an encoded manifest, at most: some 400,000 files.
  static final int BYTES_MAX = 32 << 20;

  private static final int HEADER_BYTES = 64;
  private static final int VERSION_AT = 4;
  private static final int FLAGS_AT = 6;
  private static final int TERM_AT = 8;
  private static final int INDEX_AT = 16;
  private static final int REVISION_AT = 24;
  private static final int DIGEST_AT = 32;
  private static final int RECORDS_AT = 40;
  private static final int GROUP_AT = 48;
  private static final int FILES_AT = 52;
  private static final int CLUSTER_BYTES_AT = 56;
  private static final int SHARDS_AT = 58;
  private static final int RESERVED_AT = 60;

  private static final int FILE_HEADER_BYTES = 14;
  private static final int HASH_BYTES = 32;

  public SnapshotManifest {
    shards = List.copyOf(shards);
    files = List.copyOf(files);
  }

  /// The segments of a shard among the files.
  public List<SegmentName> segments(int shard) {
    List<SegmentName> segments = new ArrayList<>();
    for (SnapshotFile file : files) {
      if (!file.name().equals(SnapshotNames.PRODUCERS)) {
        SegmentName name = SegmentName.of(file.name());
        if (name.shard() == shard) {
          segments.add(name);
        }
      }
    }
    return segments;
  }

  /// Bytes of all files.
  public long bytes() {
    long bytes = 0;
    for (SnapshotFile file : files) {
      bytes += file.length();
    }
    return bytes;
  }

  byte[] encode() throws IOException {
    byte[] cluster = owner.clusterId().getBytes(StandardCharsets.UTF_8);
    int size = HEADER_BYTES + cluster.length + shards.size() * Short.BYTES + HASH_BYTES;
    for (SnapshotFile file : files) {
      size += FILE_HEADER_BYTES + file.name().length();
    }
    if (size > BYTES_MAX) {
      throw new IOException(
          "cannot write manifest: expected at most "
              + BYTES_MAX
              + " bytes; files="
              + files.size()
              + " bytes="
              + size
              + "; use larger segments");
    }
    byte[] bytes = new byte[size];
    encodeHeader(bytes, cluster.length);
    System.arraycopy(cluster, 0, bytes, HEADER_BYTES, cluster.length);
    int at = HEADER_BYTES + cluster.length;
    for (int shard : shards) {
      LittleEndian.u16(bytes, at, shard);
      at += Short.BYTES;
    }
    for (SnapshotFile file : files) {
      at = encodeFile(file, bytes, at);
    }
    System.arraycopy(hash(bytes, at), 0, bytes, at, HASH_BYTES);
    return bytes;
  }

  /// @throws SnapshotFormatException if the bytes are damaged
  /// @throws IOException if a newer version wrote them
  static SnapshotManifest decode(byte[] bytes) throws IOException {
    expect(bytes.length >= HEADER_BYTES + HASH_BYTES, "bytes", bytes.length);
    expect(LittleEndian.i32(bytes, 0) == MAGIC, "magic", LittleEndian.i32(bytes, 0));
    int end = bytes.length - HASH_BYTES;
    expect(
        Arrays.equals(hash(bytes, end), Arrays.copyOfRange(bytes, end, bytes.length)),
        "hashedBytes",
        end);
    // After the hash: a flipped bit in the version is damage, not a newer format.
    int version = LittleEndian.u16(bytes, VERSION_AT);
    if (version > FORMAT_VERSION) {
      throw new IOException(
          "cannot read snapshot: expected format version of at most "
              + FORMAT_VERSION
              + "; version="
              + version
              + "; a newer vx-meta wrote it: start that version on this data directory");
    }
    expect(version == FORMAT_VERSION, "version", version);
    expect(LittleEndian.u16(bytes, FLAGS_AT) == 0, "flags", LittleEndian.u16(bytes, FLAGS_AT));
    expect(LittleEndian.i32(bytes, RESERVED_AT) == 0, "reserved", 1);
    return decodeBody(bytes, end);
  }

  private static SnapshotManifest decodeBody(byte[] bytes, int end) throws IOException {
    int clusterBytes = LittleEndian.u16(bytes, CLUSTER_BYTES_AT);
    int shardCount = LittleEndian.u16(bytes, SHARDS_AT);
    int at = HEADER_BYTES + clusterBytes;
    expect(end - at >= shardCount * Short.BYTES, "clusterBytes", clusterBytes);
    String cluster = new String(bytes, HEADER_BYTES, clusterBytes, StandardCharsets.UTF_8);
    List<Integer> shards = new ArrayList<>();
    for (int i = 0; i < shardCount; i++, at += Short.BYTES) {
      int shard = LittleEndian.u16(bytes, at);
      expect(shard <= Limits.SHARD_MAX, "shard", shard);
      shards.add(shard);
    }
    int fileCount = LittleEndian.i32(bytes, FILES_AT);
    List<SnapshotFile> files = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < fileCount; i++) {
      SnapshotFile file = decodeFile(bytes, at, end);
      at += FILE_HEADER_BYTES + file.name().length();
      expect(names.add(file.name()), "repeatedFile", i);
      files.add(file);
    }
    expect(at == end, "bytesLeft", end - at);
    expect(names.contains(SnapshotNames.PRODUCERS), "files", fileCount);
    SnapshotOwner owner = new SnapshotOwner(cluster, LittleEndian.i32(bytes, GROUP_AT));
    return new SnapshotManifest(owner, decodeMoment(bytes), shards, files);
  }

  private static SnapshotMoment decodeMoment(byte[] bytes) throws IOException {
    long term = LittleEndian.i64(bytes, TERM_AT);
    long index = LittleEndian.i64(bytes, INDEX_AT);
    long revision = LittleEndian.i64(bytes, REVISION_AT);
    long records = LittleEndian.i64(bytes, RECORDS_AT);
    expect((term | index | revision | records) >= 0, "index", index);
    return new SnapshotMoment(term, index, revision, LittleEndian.i64(bytes, DIGEST_AT), records);
  }

  private static SnapshotFile decodeFile(byte[] bytes, int at, int end) throws IOException {
    expect(end - at >= FILE_HEADER_BYTES, "bytesLeft", end - at);
    long length = LittleEndian.i64(bytes, at);
    int crc = LittleEndian.i32(bytes, at + Long.BYTES);
    int nameBytes = LittleEndian.u16(bytes, at + Long.BYTES + Integer.BYTES);
    expect(length >= 0 && nameBytes <= end - at - FILE_HEADER_BYTES, "nameBytes", nameBytes);
    String name = new String(bytes, at + FILE_HEADER_BYTES, nameBytes, StandardCharsets.ISO_8859_1);
    if (!SnapshotNames.isContent(name)) {
      throw new SnapshotFormatException(
          "cannot read manifest: expected a segment's name or producers; file="
              + name
              + "; restore this replica from a peer");
    }
    return new SnapshotFile(name, length, crc);
  }

  private void encodeHeader(byte[] bytes, int clusterBytes) {
    LittleEndian.i32(bytes, 0, MAGIC);
    LittleEndian.u16(bytes, VERSION_AT, FORMAT_VERSION);
    LittleEndian.i64(bytes, TERM_AT, moment.term());
    LittleEndian.i64(bytes, INDEX_AT, moment.index());
    LittleEndian.i64(bytes, REVISION_AT, moment.revision());
    LittleEndian.i64(bytes, DIGEST_AT, moment.digest());
    LittleEndian.i64(bytes, RECORDS_AT, moment.records());
    LittleEndian.i32(bytes, GROUP_AT, owner.group());
    LittleEndian.i32(bytes, FILES_AT, files.size());
    LittleEndian.u16(bytes, CLUSTER_BYTES_AT, clusterBytes);
    LittleEndian.u16(bytes, SHARDS_AT, shards.size());
  }

  private static int encodeFile(SnapshotFile file, byte[] bytes, int at) {
    byte[] name = file.name().getBytes(StandardCharsets.ISO_8859_1);
    LittleEndian.i64(bytes, at, file.length());
    LittleEndian.i32(bytes, at + Long.BYTES, file.crc32c());
    LittleEndian.u16(bytes, at + Long.BYTES + Integer.BYTES, name.length);
    System.arraycopy(name, 0, bytes, at + FILE_HEADER_BYTES, name.length);
    return at + FILE_HEADER_BYTES + name.length;
  }

  private static byte[] hash(byte[] bytes, int length) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(bytes, 0, length);
      return sha.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("expected SHA-256 in every JDK; use a complete JDK", e);
    }
  }

  private static void expect(boolean holds, String name, long actual) throws IOException {
    if (!holds) {
      throw new SnapshotFormatException(
          "cannot read manifest: expected an undamaged one of format version "
              + FORMAT_VERSION
              + "; "
              + name
              + "="
              + actual
              + "; use the previous snapshot or restore this replica from a peer");
    }
  }
}
