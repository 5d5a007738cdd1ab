package io.vxmeta.statemachine.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.Seeded;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/// Entries of moves are read back as they were written, and nothing else is taken for one.
final class MoveBatchTest {
  private final BatchWriter writer = new BatchWriter();
  private final BatchReader reader = new BatchReader();

  @SuppressWarnings("ArrayRecordComponent") // never compared as a record
  private record Made(byte[] key, byte[] value, MoveEncoder.Numbers numbers, boolean exists) {}

  private static Made made(Random random) {
    byte[] key = new byte[3 + random.nextInt(30)];
    random.nextBytes(key);
    key[0] = 1;
    boolean exists = random.nextInt(4) > 0;
    byte[] value = new byte[exists ? random.nextInt(50) : 0];
    random.nextBytes(value);
    long version = 1 + random.nextLong(1L << 40);
    MoveEncoder.Numbers numbers =
        exists
            ? new MoveEncoder.Numbers(
                version, 1 + random.nextLong(version), random.nextInt(), random.nextLong(1L << 50))
            : new MoveEncoder.Numbers(0, 0, 0, 0);
    return new Made(key, value, numbers, exists);
  }

  private static SealFacts facts(Random random) {
    List<SealFacts.Fence> fences = new ArrayList<>();
    for (int i = 0; i < random.nextInt(4); i++) {
      fences.add(new SealFacts.Fence(i, random.nextLong(), 2 + random.nextLong(0xFFFF_FFFDL)));
    }
    return new SealFacts(random.nextInt(1 << 20), random.nextLong(), random.nextInt(9), fences);
  }

  private byte[] copy(Random random, List<Made> records, boolean seal) {
    MoveEncoder encoder = new MoveEncoder();
    if (seal) {
      encoder.beginSeal(5, 7, 2, facts(random));
    } else {
      encoder.beginPart(5, 7, 2);
    }
    for (int i = random.nextInt(6); i > 0; i--) {
      Made record = made(random);
      records.add(record);
      if (record.exists) {
        encoder.record(Slice.of(record.key), Slice.of(record.value), record.numbers);
      } else {
        encoder.absence(Slice.of(record.key));
      }
    }
    assertTrue(writer.append(encoder.end()));
    return writer.seal(9);
  }

  @Test
  void recordsFactsAndFencesAreReadBack() {
    Seeded.runs(
        1,
        200,
        random -> {
          List<Made> records = new ArrayList<>();
          boolean seal = random.nextBoolean();
          byte[] batch = copy(random, records, seal);
          reader.open(batch, 0, batch.length);
          assertTrue(reader.next());
          assertTrue(reader.isMove());
          MoveReader move = reader.move();
          assertEquals(seal ? MoveKind.SEAL : MoveKind.PART, move.kind());
          assertEquals(5, move.shard());
          assertEquals(7, move.attempt());
          assertEquals(2, move.part());
          for (int round = 0; round < 2; round++) {
            for (Made record : records) {
              assertTrue(move.nextRecord());
              assertSame(record, move);
            }
            assertFalse(move.nextRecord());
            move.rewind();
          }
          assertFalse(reader.next());
        });
  }

  private static void assertSame(Made record, MoveReader move) {
    assertEquals(record.exists, move.exists());
    assertArrayEquals(record.key, part(move, move.keyOffset(), move.keyLength()));
    assertArrayEquals(record.value, part(move, move.valueOffset(), move.valueLength()));
    assertEquals(
        record.numbers,
        new MoveEncoder.Numbers(
            move.version(), move.createVersion(), move.flags(), move.expiresAtMs()));
  }

  private static byte[] part(MoveReader move, int offset, int length) {
    return Arrays.copyOfRange(move.buffer(), offset, offset + length);
  }

  @Test
  void anAcceptanceSaysFromWhichRevisionOn() {
    assertThrows(IllegalArgumentException.class, () -> MoveEncoder.of(MoveKind.ACCEPT, 3, 1));
    assertTrue(writer.append(MoveEncoder.accept(3, 7, Limits.REVISION_MAX)));
    byte[] entry = writer.seal(1);
    reader.open(entry, 0, entry.length);
    assertTrue(reader.next());
    assertEquals(MoveKind.ACCEPT, reader.move().kind());
    assertEquals(7, reader.move().attempt());
    assertEquals(Limits.REVISION_MAX, reader.move().sourceRevision());
    assertTrue(writer.append(MoveEncoder.accept(3, 7, Limits.REVISION_MAX + 1)));
    byte[] tooHigh = writer.seal(1);
    assertThrows(BatchFormatException.class, () -> reader.open(tooHigh, 0, tooHigh.length));
  }

  @Test
  void onlyEntriesOfMovesNeedVersionThree() {
    EncodedTransaction plain =
        new TransactionEncoder().beginAnonymous(1).add(0, Slice.of(new byte[] {1}), 1).end();
    EncodedTransaction move = MoveEncoder.of(MoveKind.FREEZE, 3, 1);
    assertFalse(plain.isMove() || plain.reopens());
    assertTrue(move.isMove());
    assertFalse(move.reopens());
    assertTrue(MoveEncoder.of(MoveKind.THAW, 3, 1).reopens());
    assertTrue(writer.append(plain) && writer.append(move));
    byte[] both = writer.seal(1);
    assertEquals(3, LittleEndian.u16(both, BatchLayout.VERSION_AT));
    reader.open(both, 0, both.length);
    assertTrue(reader.next());
    assertFalse(reader.isMove());
    assertTrue(reader.next());
    assertTrue(reader.isMove());
    assertTrue(writer.append(plain));
    assertEquals(1, LittleEndian.u16(writer.seal(1), BatchLayout.VERSION_AT));
    LittleEndian.u16(both, BatchLayout.VERSION_AT, 2);
    byte[] liar = withChecksum(both);
    assertThrows(BatchFormatException.class, () -> reader.open(liar, 0, liar.length));
  }

  /// With the right checksum: what is wrong inside is refused, or can be walked within its bounds.
  @Test
  void mutilationUnderACorrectChecksumIsRefusedOrStaysInBounds() {
    int[] refused = new int[1];
    int[] accepted = new int[1];
    Seeded.runs(
        1,
        4_000,
        random -> {
          byte[] batch = copy(random, new ArrayList<>(), random.nextBoolean());
          int from = BatchLayout.HEADER_BYTES;
          batch[from + random.nextInt(batch.length - from)] = (byte) random.nextInt();
          byte[] mutilated = withChecksum(batch);
          try {
            reader.open(mutilated, 0, mutilated.length);
          } catch (BatchFormatException expected) {
            refused[0]++;
            return;
          }
          accepted[0]++;
          assertTrue(reader.next());
          if (reader.isMove()) {
            walkInBounds(reader.move(), mutilated.length);
          }
        });
    assertTrue(refused[0] > 500, "refused " + refused[0]);
    assertTrue(accepted[0] > 500, "accepted " + accepted[0]);
  }

  private static void walkInBounds(MoveReader move, int end) {
    assertTrue(move.attempt() > 0 && move.shard() <= Limits.SHARD_MAX);
    while (move.nextRecord()) {
      assertTrue(move.keyLength() >= Limits.TABLE_KEY_BYTES_MIN);
      assertTrue(move.valueOffset() + move.valueLength() <= end);
      assertTrue(
          !move.exists() || (move.version() >= move.createVersion() && move.createVersion() > 0));
    }
  }

  private static byte[] withChecksum(byte[] batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch, BatchLayout.CHECKED_FROM, batch.length - BatchLayout.CHECKED_FROM);
    LittleEndian.i32(batch, BatchLayout.CRC_AT, (int) crc.getValue());
    return batch;
  }
}
