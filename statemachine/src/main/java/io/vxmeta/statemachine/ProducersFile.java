package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.batch.LittleEndian;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// The bytes of a snapshot's producers file, which begins with what the group knows of shards that
/// moved.
final class ProducersFile {
  /* Layout in docs/disk-format.md. The manifest has the checksum of the whole file; the checks here are for a writer that was
   * wrong, so that nothing is allocated or read by a length that was not compared with its bound.
   */

  /// The bytes "VXPR".
  private static final int MAGIC = 'V' | ('X' << 8) | ('P' << 16) | ('R' << 24);

  private static final int FORMAT_VERSION = 3;

  /// Version 3 added standings of shards; without any, a file is written as this one.
  private static final int FORMAT_VERSION_WITHOUT_STANDINGS = 2;

  /// Version 2 added an outcome to the remembered answers.
  private static final int FORMAT_VERSION_FIRST = 1;

  private static final int HEADER_BYTES = 32;
  private static final int VERSION_AT = 4;
  private static final int FLAGS_AT = 6;
  private static final int COUNT_AT = 8;
  private static final int STANDINGS_AT = 12;
  private static final int LAST_STAMP_AT = 16;
  private static final int LEADER_TIME_AT = 24;

  private static final int STANDING_BYTES = 24;
  private static final int STANDING_SHARD_AT = 0;
  private static final int STANDING_PHASE_AT = 2;
  private static final int STANDING_FLAGS_AT = 3;
  private static final int STANDING_OPEN = 1;
  private static final int STANDING_RESERVED_AT = 4;
  private static final int STANDING_ATTEMPT_AT = 8;
  private static final int STANDING_NEXT_PART_AT = 16;

  private static final int RECORD_HEADER_BYTES = 64;
  private static final int RECORD_BYTES_AT = 0;
  private static final int ANSWERS_AT = 4;
  private static final int ID_AT = 8;
  private static final int EPOCH_AT = 24;
  private static final int FLOOR_AT = 32;
  private static final int HIGHEST_AT = 40;
  private static final int LAST_SEEN_AT = 48;
  private static final int STAMP_AT = 56;

  private static final int ANSWER_HEADER_BYTES = 16;

  private ProducersFile() {}

  /// What stands before the producers.
  ///
  /// @param standings of shards that moved, by shard
  record Header(
      int count, long lastStamp, long leaderTimeMs, Map<Integer, ShardStanding> standings) {
    byte[] encode() {
      byte[] bytes = new byte[HEADER_BYTES + standings.size() * STANDING_BYTES];
      LittleEndian.i32(bytes, 0, MAGIC);
      LittleEndian.u16(
          bytes,
          VERSION_AT,
          standings.isEmpty() ? FORMAT_VERSION_WITHOUT_STANDINGS : FORMAT_VERSION);
      LittleEndian.i32(bytes, COUNT_AT, count);
      LittleEndian.i32(bytes, STANDINGS_AT, standings.size());
      LittleEndian.i64(bytes, LAST_STAMP_AT, lastStamp);
      LittleEndian.i64(bytes, LEADER_TIME_AT, leaderTimeMs);
      int at = HEADER_BYTES;
      for (Map.Entry<Integer, ShardStanding> each : standings.entrySet()) {
        ShardStanding standing = each.getValue();
        LittleEndian.u16(bytes, at + STANDING_SHARD_AT, each.getKey());
        bytes[at + STANDING_PHASE_AT] = (byte) standing.phase().code();
        bytes[at + STANDING_FLAGS_AT] = (byte) (standing.open() ? STANDING_OPEN : 0);
        LittleEndian.i64(bytes, at + STANDING_ATTEMPT_AT, standing.attempt());
        LittleEndian.i64(bytes, at + STANDING_NEXT_PART_AT, standing.nextPart());
        at += STANDING_BYTES;
      }
      return bytes;
    }
  }

  static byte[] encode(Producer producer) {
    AnswerWindow window = producer.window();
    Encoder encoder = new Encoder(RECORD_HEADER_BYTES + window.answers() * ANSWER_HEADER_BYTES);
    window.forEach(encoder);
    byte[] bytes = encoder.finished();
    LittleEndian.i32(bytes, RECORD_BYTES_AT, bytes.length);
    LittleEndian.i32(bytes, ANSWERS_AT, window.answers());
    LittleEndian.i64(bytes, ID_AT, producer.idHigh);
    LittleEndian.i64(bytes, ID_AT + Long.BYTES, producer.idLow);
    LittleEndian.i64(bytes, EPOCH_AT, producer.epoch());
    LittleEndian.i64(bytes, FLOOR_AT, window.floor());
    LittleEndian.i64(bytes, HIGHEST_AT, window.highest());
    LittleEndian.i64(bytes, LAST_SEEN_AT, producer.lastSeenMs());
    LittleEndian.i64(bytes, STAMP_AT, producer.stamp());
    return bytes;
  }

  /// Reads a whole file into empty producers.
  static Header read(InputStream file, Producers into, ProducerLimits limits) throws IOException {
    DataInputStream in = new DataInputStream(file);
    Header header = readHeader(in, limits);
    long recordBytesMax =
        limits.rememberedBytesMax()
            + RECORD_HEADER_BYTES
            + 2L * AnswerWindow.SEQUENCES_MAX * ANSWER_HEADER_BYTES;
    byte[] length = new byte[Integer.BYTES];
    for (int i = 0; i < header.count(); i++) {
      in.readFully(length);
      int bytes = LittleEndian.i32(length, 0);
      expect(bytes >= RECORD_HEADER_BYTES && bytes <= recordBytesMax, "producerBytes", bytes);
      byte[] record = new byte[bytes];
      in.readFully(record, Integer.BYTES, bytes - Integer.BYTES);
      expect(into.restore(decode(record)), "producer", i);
    }
    expect(in.read() < 0, "producers", header.count());
    expect(into.restored(header.lastStamp()), "lastStamp", header.lastStamp());
    return header;
  }

  private static Header readHeader(DataInputStream in, ProducerLimits limits) throws IOException {
    byte[] bytes = new byte[HEADER_BYTES];
    in.readFully(bytes);
    expect(LittleEndian.i32(bytes, 0) == MAGIC, "magic", LittleEndian.i32(bytes, 0));
    int version = LittleEndian.u16(bytes, VERSION_AT);
    expect(version >= FORMAT_VERSION_FIRST && version <= FORMAT_VERSION, "version", version);
    expect(LittleEndian.u16(bytes, FLAGS_AT) == 0, "flags", LittleEndian.u16(bytes, FLAGS_AT));
    int standings = LittleEndian.i32(bytes, STANDINGS_AT);
    boolean standingsKnown = version > FORMAT_VERSION_WITHOUT_STANDINGS;
    expect(
        standings >= 0 && standings <= (standingsKnown ? Limits.SHARD_MAX + 1 : 0),
        "standings",
        standings);
    int count = LittleEndian.i32(bytes, COUNT_AT);
    expect(count >= 0 && count <= limits.producersMax(), "producers", count);
    long time = LittleEndian.i64(bytes, LEADER_TIME_AT);
    expect(time >= 0, "leaderTimeMs", time);
    long lastStamp = LittleEndian.i64(bytes, LAST_STAMP_AT);
    return new Header(count, lastStamp, time, readStandings(in, standings));
  }

  private static Map<Integer, ShardStanding> readStandings(DataInputStream in, int count)
      throws IOException {
    Map<Integer, ShardStanding> standings = new TreeMap<>();
    byte[] bytes = new byte[STANDING_BYTES];
    int before = -1;
    for (int i = 0; i < count; i++) {
      in.readFully(bytes);
      int shard = LittleEndian.u16(bytes, STANDING_SHARD_AT);
      expect(shard > before && shard <= Limits.SHARD_MAX, "shard", shard);
      before = shard;
      standings.put(shard, decodeStanding(bytes));
    }
    return standings;
  }

  private static ShardStanding decodeStanding(byte[] bytes) throws IOException {
    int phase = bytes[STANDING_PHASE_AT];
    expect(ShardPhase.isCode(phase), "phase", phase);
    int flags = bytes[STANDING_FLAGS_AT];
    expect((flags & ~STANDING_OPEN) == 0, "flags", flags);
    int reserved = LittleEndian.i32(bytes, STANDING_RESERVED_AT);
    expect(reserved == 0, "reserved", reserved);
    long attempt = LittleEndian.i64(bytes, STANDING_ATTEMPT_AT);
    long nextPart = LittleEndian.i64(bytes, STANDING_NEXT_PART_AT);
    expect(attempt > 0, "attempt", attempt);
    try {
      return new ShardStanding(
          ShardPhase.ofCode(phase), attempt, (flags & STANDING_OPEN) != 0, nextPart);
    } catch (IllegalArgumentException e) {
      throw new IOException("cannot read what the group knows of a shard", e);
    }
  }

  private static Producer decode(byte[] record) throws IOException {
    long epoch = LittleEndian.i64(record, EPOCH_AT);
    expect(epoch > 0 && epoch <= 0xFFFF_FFFFL, "epoch", epoch);
    Producer producer =
        new Producer(
            LittleEndian.i64(record, ID_AT), LittleEndian.i64(record, ID_AT + Long.BYTES), epoch);
    producer.seen(LittleEndian.i64(record, LAST_SEEN_AT), LittleEndian.i64(record, STAMP_AT));
    AnswerWindow window = producer.window();
    long highest = LittleEndian.i64(record, HIGHEST_AT);
    expect(window.restoreBounds(LittleEndian.i64(record, FLOOR_AT), highest), "highest", highest);
    int answers = LittleEndian.i32(record, ANSWERS_AT);
    expect(answers >= 0 && answers <= AnswerWindow.SEQUENCES_MAX, "answers", answers);
    int at = RECORD_HEADER_BYTES;
    for (int i = 0; i < answers; i++) {
      expect(record.length - at >= ANSWER_HEADER_BYTES, "answersLeft", answers - i);
      long sequence = LittleEndian.i64(record, at);
      long word = LittleEndian.i64(record, at + Long.BYTES);
      at += ANSWER_HEADER_BYTES;
      int large = AnswerWindow.largeBytes(word);
      expect(large <= record.length - at, "answerBytes", large);
      expect(
          window.restore(sequence, word, Arrays.copyOfRange(record, at, at + large)),
          "sequence",
          sequence);
      at += large;
    }
    expect(at == record.length, "bytesLeft", record.length - at);
    return producer;
  }

  private static void expect(boolean holds, String name, long actual) throws IOException {
    if (!holds) {
      throw new IOException(
          "cannot read the producers of a snapshot: expected format version 1.."
              + FORMAT_VERSION
              + " within this group's limits; "
              + name
              + "="
              + actual
              + "; restore this replica from a peer, or give all replicas the same producer limits");
    }
  }

  /// Collects the answers of one producer behind room for its header.
  private static final class Encoder implements AnswerWindow.SlotVisitor {
    private byte[] bytes;
    private int size = RECORD_HEADER_BYTES;

    Encoder(int expectedBytes) {
      bytes = new byte[expectedBytes];
    }

    @Override
    public void visit(long sequence, long word, byte[] large) {
      int length = AnswerWindow.largeBytes(word);
      int end = size + ANSWER_HEADER_BYTES + length;
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length * 2));
      }
      LittleEndian.i64(bytes, size, sequence);
      LittleEndian.i64(bytes, size + Long.BYTES, word);
      System.arraycopy(large, 0, bytes, size + ANSWER_HEADER_BYTES, length);
      size = end;
    }

    byte[] finished() {
      return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }
  }
}
