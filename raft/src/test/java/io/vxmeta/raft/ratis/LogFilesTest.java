package io.vxmeta.raft.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A log is used only if every record that may have been acknowledged is whole.
final class LogFilesTest {
  private static final int PAGE = 4_096;
  private static final int ALLOCATED = 8 * PAGE;

  @TempDir private Path directory;
  private final Random random = new Random(7);

  /// The file's bytes with so many records of random bytes.
  private byte[] file(int records, int recordBytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write("RaftLog1".getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < records; i++) {
      out.write(record(recordBytes));
    }
    return out.toByteArray();
  }

  /// Never with a zero byte, so that what is cut off is seen.
  private byte[] record(int bytes) throws IOException {
    ByteArrayOutputStream framed = new ByteArrayOutputStream();
    framed.write(0x80 | (bytes & 0x7f));
    framed.write(bytes >> 7);
    for (int i = 0; i < bytes; i++) {
      framed.write(1 + random.nextInt(255));
    }
    return withChecksum(framed);
  }

  private static byte[] withChecksum(ByteArrayOutputStream framed) throws IOException {
    CRC32C crc = new CRC32C();
    crc.update(framed.toByteArray());
    framed.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    return framed.toByteArray();
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(directory.resolve(name), bytes);
  }

  private LogState check() throws IOException {
    return LogFiles.in(directory).check();
  }

  @Test
  void filesWithoutAGapAreOneLog() throws IOException {
    write("log_5-7", file(3, 300));
    write("log_inprogress_8", Arrays.copyOf(file(2, 300), ALLOCATED));
    assertEquals(new LogState.Whole(5, 9), check());
  }

  @Test
  void lastTermIsThatOfTheLastEntryAlsoBeforeAFileWithoutAny() throws IOException {
    assertEquals(OptionalLong.empty(), LogFiles.in(directory).lastTerm());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(file(0, 0));
    out.write(entry(5, 2));
    out.write(entry(6, 3));
    write("log_5-6", out.toByteArray());
    write("log_inprogress_7", Arrays.copyOf(file(0, 0), ALLOCATED));
    assertEquals(new LogState.Whole(5, 6), check());
    assertEquals(OptionalLong.of(3), LogFiles.in(directory).lastTerm());
  }

  private static byte[] entry(long index, long term) throws IOException {
    ByteArrayOutputStream framed = new ByteArrayOutputStream();
    LogEntryProto.newBuilder().setIndex(index).setTerm(term).build().writeDelimitedTo(framed);
    return withChecksum(framed);
  }

  @Test
  void noEntryIsAnEmptyLogThatKnowsWhereItGoesOn() throws IOException {
    assertEquals(new LogState.Empty(0), check());
    write("log_inprogress_8", Arrays.copyOf(file(0, 300), ALLOCATED));
    assertEquals(new LogState.Empty(8), check());
  }

  @Test
  void aRecordThatEndsWhereAPageEndsWasTornByAPowerCutAndIsCutOff() throws IOException {
    byte[] whole = file(2, 300);
    byte[] torn = Arrays.copyOf(file(2, 300), ALLOCATED);
    byte[] last = record(10_000);
    System.arraycopy(last, 0, torn, whole.length, PAGE - whole.length);
    Path open = write("log_inprogress_8", torn);

    LogState.Torn state = assertInstanceOf(LogState.Torn.class, check());
    assertEquals(whole.length, state.keepBytes());
    LogFiles.cutTail(state);
    assertEquals(whole.length, Files.size(open));
    assertEquals(new LogState.Whole(8, 9), check());
  }

  @Test
  void aFlippedBitIsDamageAlsoInTheLastRecord() throws IOException {
    byte[] sound = file(6, 300);
    for (int at = 0; at < sound.length; at++) {
      byte[] flipped = Arrays.copyOf(sound, ALLOCATED);
      flipped[at] ^= (byte) (1 << random.nextInt(8));
      write("log_inprogress_0", flipped);
      LogState state = check();
      int position = at;
      assertInstanceOf(LogState.Damaged.class, state, () -> "flipped byte " + position);
    }
  }

  @Test
  void aFileThatLostItsEndIsDamageUnlessTheEndIsBetweenRecords() throws IOException {
    byte[] sound = file(6, 300);
    int recordBytes = (sound.length - 8) / 6;
    for (int length = 9; length < sound.length; length++) {
      write("log_inprogress_0", Arrays.copyOf(sound, length));
      Class<? extends LogState> expected =
          (length - 8) % recordBytes == 0 ? LogState.Whole.class : LogState.Damaged.class;
      int left = length;
      assertInstanceOf(expected, check(), () -> "left " + left);
    }
    write("log_inprogress_0", new byte[0]);
    write("log_0-5", Arrays.copyOf(sound, 8 + 3 * recordBytes));
    assertInstanceOf(LogState.Damaged.class, check());
  }

  @Test
  void aMissingFileInTheMiddleIsDamage() throws IOException {
    write("log_0-2", file(3, 300));
    write("log_6-8", file(3, 300));
    assertInstanceOf(LogState.Damaged.class, check());
  }

  @Test
  void aTornRecordWithAnotherOneBehindItIsDamage() throws IOException {
    byte[] torn = Arrays.copyOf(file(2, 300), ALLOCATED);
    byte[] whole = file(2, 300);
    System.arraycopy(whole, 0, torn, 2 * PAGE, whole.length);
    write("log_inprogress_0", torn);
    assertInstanceOf(LogState.Damaged.class, check());
  }

  @Test
  void droppingTheLogLeavesTheVote() throws IOException {
    write("log_0-2", file(3, 300));
    write("log_inprogress_3", file(1, 300));
    Path vote = write("raft-meta", new byte[] {1});
    LogFiles.in(directory).drop();
    assertEquals(new LogState.Empty(0), check());
    assertEquals(1, Files.size(vote));
  }
}
