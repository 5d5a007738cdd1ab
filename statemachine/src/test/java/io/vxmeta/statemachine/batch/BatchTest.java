package io.vxmeta.statemachine.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.Golden;
import io.vxmeta.statemachine.Seeded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class BatchTest {
  private final TransactionEncoder encoder = new TransactionEncoder();
  private final BatchWriter writer = new BatchWriter();
  private final BatchReader reader = new BatchReader();

  @Test
  void everythingWrittenIsReadBackInOrder() {
    Seeded.runs(
        1,
        200,
        random -> {
          List<MadeTransaction> made = new ArrayList<>();
          byte[] batch = batch(random, made);
          byte[] moved = new byte[batch.length + 77];
          System.arraycopy(batch, 0, moved, 33, batch.length);
          reader.open(moved, 33, batch.length);
          assertEquals(made.size(), reader.transactions());
          assertEquals(1_700_000_000_000L, reader.leaderTimeMs());
          for (MadeTransaction transaction : made) {
            assertTrue(reader.next());
            assertSame(transaction);
          }
          assertFalse(reader.next());
        });
  }

  @Test
  void mutationsCanBeReadTwiceAndComparesSkipped() {
    MadeTransaction made = MadeTransaction.any(new Random(3));
    writer.append(made.encode(encoder));
    byte[] batch = writer.seal(0);
    reader.open(batch, 0, batch.length);
    assertTrue(reader.next());
    for (int round = 0; round < 2; round++) {
      reader.rewindMutations();
      int count = 0;
      while (reader.nextMutation()) {
        assertEquals(made.mutations().get(count).kind(), reader.mutationKind());
        count++;
      }
      assertEquals(made.mutations().size(), count);
    }
  }

  @Test
  void everyTruncationIsDetected() {
    Seeded.runs(
        1,
        5,
        random -> {
          byte[] batch = batch(random, new ArrayList<>());
          for (int length = 0; length < batch.length; length += 1 + random.nextInt(7)) {
            byte[] cut = Arrays.copyOf(batch, length);
            assertThrows(BatchFormatException.class, () -> reader.open(cut, 0, cut.length));
          }
        });
  }

  @Test
  void everyFlippedBitIsDetected() {
    Seeded.runs(
        1,
        300,
        random -> {
          byte[] batch = batch(random, new ArrayList<>());
          int bit = random.nextInt(batch.length * 8);
          batch[bit / 8] ^= (byte) (1 << bit % 8);
          assertThrows(BatchFormatException.class, () -> reader.open(batch, 0, batch.length));
        });
  }

  /// The checksum must not be the only guard: here it is right and the content is wrong.
  @Test
  void mutilationUnderACorrectChecksumIsRefusedOrStaysInBounds() {
    int[] refused = new int[1];
    int[] accepted = new int[1];
    Seeded.runs(
        1,
        4_000,
        random -> {
          byte[] batch = mutilated(random, batch(random, new ArrayList<>()));
          // Guard bytes on both sides: a reader that leaves its range reads them and fails the walk
          // below.
          int offset = random.nextInt(50);
          byte[] framed = new byte[offset + batch.length + random.nextInt(50)];
          System.arraycopy(batch, 0, framed, offset, batch.length);
          try {
            reader.open(framed, offset, batch.length);
          } catch (BatchFormatException expected) {
            refused[0]++;
            return;
          }
          accepted[0]++;
          walkInBounds(offset, offset + batch.length);
        });
    assertTrue(refused[0] > 500, "refused " + refused[0]);
    assertTrue(accepted[0] > 100, "accepted " + accepted[0]);
  }

  @Test
  void formatVersionOneStaysAsItWas() throws IOException {
    byte[] id = new byte[16];
    Arrays.fill(id, (byte) 0xAB);
    Slice key = Slice.of("{tag}key".getBytes(StandardCharsets.UTF_8));
    encoder.begin(7, id, 3, 41).compareVersion(5, key, 1_000).compareAbsent(5, key);
    encoder.putExpiring(5, key, Slice.of(new byte[] {1, 2, 3}), 9, 1_800_000_000_000L);
    assertTrue(writer.append(encoder.delete(6, key).add(127, key, -2).end()));
    assertTrue(writer.append(encoder.beginAnonymous(1).compareExists(128, key).end()));
    byte[] golden = Golden.same("batch", writer.seal(1_700_000_000_000L));
    reader.open(golden, 0, golden.length);
    assertEquals(2, reader.transactions());
  }

  @Test
  void formatVersionTwoStaysAsItWas() throws IOException {
    byte[] id = new byte[16];
    Arrays.fill(id, (byte) 0xAB);
    Slice key = Slice.of("{tag}key".getBytes(StandardCharsets.UTF_8));
    Slice value = Slice.of(new byte[] {1, 2, 3});
    encoder.begin(7, id, 3, 41).compareDigest(5, key, Slice.of(new byte[32]));
    encoder.put(5, key, value, 9, Lifetime.of(60_000)).max(5, key, -2).min(5, key, 7);
    encoder.putIfNewer(5, key, -1, value, 0, Lifetime.until(1_800_000_000_000L));
    encoder.setAdd(5, key, Slice.of(SetForm.of(List.of(new byte[] {2}, new byte[] {1, 1}))));
    encoder.setRemove(5, key, Slice.of(SetForm.of(List.of(new byte[] {(byte) 200}))));
    encoder.intervalsAdd(
        5, key, Slice.of(IntervalsForm.of(List.of(new IntervalsForm.Interval(-5, 9)))));
    assertTrue(writer.append(encoder.expire(5, Slice.of(new byte[] {7, 0, 1})).end()));
    byte[] golden = Golden.same(2, "batch", writer.seal(1_700_000_000_000L));
    reader.open(golden, 0, golden.length);
    assertEquals(2, LittleEndian.u16(golden, BatchLayout.VERSION_AT));
  }

  @Test
  void batchIsWrittenInTheOldestVersionThatCanSayIt() {
    Slice key = Slice.of(new byte[] {1});
    EncodedTransaction plain = encoder.beginAnonymous(1).add(0, key, 1).end();
    EncodedTransaction typed = encoder.beginAnonymous(1).max(0, key, 1).end();
    assertTrue(writer.append(plain) && writer.append(typed));
    byte[] both = writer.seal(1);
    assertEquals(2, LittleEndian.u16(both, BatchLayout.VERSION_AT));
    assertTrue(writer.append(plain));
    assertEquals(1, LittleEndian.u16(writer.seal(1), BatchLayout.VERSION_AT));
    LittleEndian.u16(both, BatchLayout.VERSION_AT, 1);
    byte[] liar = withChecksum(both);
    assertThrows(BatchFormatException.class, () -> reader.open(liar, 0, liar.length));
  }

  @Test
  void newerFormatIsNamedAsSuch() {
    byte[] batch = batch(new Random(1), new ArrayList<>());
    LittleEndian.u16(batch, BatchLayout.VERSION_AT, 4);
    BatchFormatException refusal =
        assertThrows(BatchFormatException.class, () -> reader.open(batch, 0, batch.length));
    String message = refusal.toString();
    assertTrue(message.contains("version=4") && message.contains("upgrade"), message);
  }

  @Test
  void writerRefusesWhatDoesNotFitAndTakesItInTheNextBatch() {
    BatchWriter small = new BatchWriter(1_000);
    EncodedTransaction transaction =
        encoder.beginAnonymous(1).put(0, Slice.of(new byte[1]), Slice.of(new byte[600]), 0).end();
    assertTrue(small.append(transaction));
    assertFalse(small.append(transaction));
    assertEquals(1, small.transactions());
    byte[] first = small.seal(1);
    assertTrue(small.append(transaction));
    byte[] second = small.seal(1);
    assertArrayEquals(first, second);
  }

  @Test
  void largestTransactionFitsIntoABatchOfItsOwn() {
    Slice value = Slice.of(new byte[Limits.VALUE_BYTES_MAX]);
    encoder.beginAnonymous(1).put(0, Slice.of(new byte[1]), value, 0);
    encoder.put(0, Slice.of(new byte[2]), value, 0);
    int left =
        Limits.TRANSACTION_BYTES_MAX - encoder.size() - BatchLayout.MUTATION_HEADER_BYTES - 2 - 3;
    EncodedTransaction largest =
        encoder.put(0, Slice.of(new byte[3]), Slice.of(new byte[left]), 0).end();
    assertEquals(Limits.TRANSACTION_BYTES_MAX, largest.length());
    BatchWriter small = new BatchWriter(1_000);
    assertTrue(small.append(largest));
    byte[] batch = small.seal(1);
    reader.open(batch, 0, batch.length);
  }

  @Test
  void unfinishedTransactionIsForgottenByTheNextBegin() {
    encoder.beginAnonymous(1).delete(1, Slice.of(new byte[] {9}));
    EncodedTransaction transaction =
        encoder.beginAnonymous(2).delete(7, Slice.of(new byte[] {8})).end();
    assertEquals(7, transaction.shard());
    assertEquals(1, transaction.mutations());
  }

  @Test
  void brokenLimitsAreRefusedBeforeAnythingIsEncoded() {
    encoder.beginAnonymous(1);
    Slice key = Slice.of(new byte[] {1});
    assertThrows(IllegalArgumentException.class, () -> encoder.delete(129, key));
    assertThrows(IllegalArgumentException.class, () -> encoder.delete(-1, key));
    assertThrows(IllegalArgumentException.class, () -> encoder.delete(0, Slice.of(new byte[0])));
    assertThrows(
        IllegalArgumentException.class, () -> encoder.delete(0, Slice.of(new byte[4_097])));
    assertThrows(
        IllegalArgumentException.class,
        () -> encoder.put(0, key, Slice.of(new byte[Limits.VALUE_BYTES_MAX + 1]), 0));
    assertThrows(IllegalArgumentException.class, () -> encoder.compareVersion(0, key, 0));
    assertThrows(IllegalArgumentException.class, encoder::end);
    encoder.delete(0, key);
    assertThrows(IllegalArgumentException.class, () -> encoder.compareExists(0, key));
    encoder.end();
    assertThrows(IllegalStateException.class, () -> encoder.delete(0, key));
  }

  private byte[] batch(Random random, List<MadeTransaction> made) {
    for (int i = 1 + random.nextInt(6); i > 0; i--) {
      MadeTransaction transaction = MadeTransaction.any(random);
      made.add(transaction);
      assertTrue(writer.append(transaction.encode(encoder)));
    }
    return writer.seal(1_700_000_000_000L);
  }

  /// Flips bits, cuts, grows or overwrites with extreme numbers, then repairs length and checksum.
  private static byte[] mutilated(Random random, byte[] batch) {
    byte[] bytes =
        switch (random.nextInt(4)) {
          case 0 -> Arrays.copyOf(batch, random.nextInt(batch.length));
          case 1 -> Arrays.copyOf(batch, batch.length + random.nextInt(100));
          default -> batch;
        };
    if (bytes.length < BatchLayout.HEADER_BYTES) {
      return bytes;
    }
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(bytes.length - 3);
      switch (random.nextInt(3)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> LittleEndian.i32(bytes, at, random.nextBoolean() ? -1 : Integer.MAX_VALUE);
        default -> LittleEndian.u16(bytes, at, random.nextInt(100));
      }
    }
    LittleEndian.i32(bytes, BatchLayout.MAGIC_AT, BatchLayout.MAGIC);
    LittleEndian.u16(bytes, BatchLayout.VERSION_AT, 1 + random.nextInt(2));
    LittleEndian.i32(bytes, BatchLayout.TOTAL_BYTES_AT, bytes.length);
    return withChecksum(bytes);
  }

  private static byte[] withChecksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, BatchLayout.CHECKED_FROM, bytes.length - BatchLayout.CHECKED_FROM);
    LittleEndian.i32(bytes, BatchLayout.CRC_AT, (int) crc.getValue());
    return bytes;
  }

  private void walkInBounds(int from, int to) {
    int seen = 0;
    while (reader.next()) {
      seen++;
      assertInside(from, to, reader.producerIdOffset(), 16);
      while (reader.nextCompare()) {
        reader.compareKind();
        assertTrue(reader.compareShard() <= 128);
        assertInside(from, to, reader.compareKeyOffset(), reader.compareKeyLength());
      }
      reader.rewindMutations();
      while (reader.nextMutation()) {
        reader.mutationKind();
        assertTrue(reader.mutationShard() <= 128);
        assertTrue(reader.expiresAtMs() >= 0);
        reader.flags();
        assertInside(from, to, reader.mutationKeyOffset(), reader.mutationKeyLength());
        assertInside(from, to, reader.valueOffset(), reader.valueLength());
      }
    }
    assertEquals(reader.transactions(), seen);
  }

  private static void assertInside(int from, int to, int offset, int length) {
    assertTrue(
        length >= 0 && offset >= from && offset + length <= to,
        () -> "expected inside " + from + ".." + to + ": offset=" + offset + " length=" + length);
  }

  private void assertSame(MadeTransaction made) {
    assertEquals(made.firstShard(), reader.shard());
    assertEquals(Integer.toUnsignedLong(made.epoch()), reader.epoch());
    assertEquals(made.sequence(), reader.sequence());
    assertEquals(made.epoch() != 0, reader.hasProducer());
    if (made.epoch() != 0) {
      assertArrayEquals(made.id(), bytes(reader.producerIdOffset(), 16));
    }
    for (MadeTransaction.Compare compare : made.compares()) {
      assertTrue(reader.nextCompare());
      assertEquals(compare.kind(), reader.compareKind());
      assertEquals(compare.shard(), reader.compareShard());
      assertEquals(compare.version(), reader.compareVersion());
      if (compare.kind() == CompareKind.VALUE_DIGEST) {
        assertArrayEquals(compare.digest(), bytes(reader.compareDigestOffset(), 32));
      }
      assertKey(
          made.namespace(), compare.key(), reader.compareKeyOffset(), reader.compareKeyLength());
    }
    assertFalse(reader.nextCompare());
    reader.rewindMutations();
    for (MadeTransaction.Mutation mutation : made.mutations()) {
      assertTrue(reader.nextMutation());
      assertMutation(made.namespace(), mutation);
    }
    assertFalse(reader.nextMutation());
  }

  private void assertMutation(int namespace, MadeTransaction.Mutation mutation) {
    assertEquals(mutation.kind(), reader.mutationKind());
    assertEquals(mutation.shard(), reader.mutationShard());
    assertKey(namespace, mutation.key(), reader.mutationKeyOffset(), reader.mutationKeyLength());
    switch (mutation.kind()) {
      case PUT -> {
        assertArrayEquals(mutation.value(), bytes(reader.valueOffset(), reader.valueLength()));
        assertEquals(mutation.flags(), reader.flags());
        assertEquals(mutation.expiresAtMs(), reader.expiresAtMs());
        assertEquals(mutation.ttlMs(), reader.ttlMs());
      }
      case PUT_IF_NEWER -> {
        int at = reader.valueOffset();
        assertEquals(mutation.delta(), StampedForm.eventTime(reader.buffer(), at));
        assertArrayEquals(
            mutation.value(),
            bytes(at + StampedForm.HEADER_BYTES, reader.valueLength() - StampedForm.HEADER_BYTES));
        assertEquals(mutation.flags(), reader.flags());
        assertEquals(mutation.expiresAtMs(), reader.expiresAtMs());
        assertEquals(mutation.ttlMs(), reader.ttlMs());
      }
      case SET_ADD, SET_REMOVE, INTERVALS_ADD ->
          assertArrayEquals(mutation.value(), bytes(reader.valueOffset(), reader.valueLength()));
      case DELETE, EXPIRE -> assertEquals(0, reader.valueLength());
      case ADD, MAX, MIN -> assertEquals(mutation.delta(), reader.delta());
    }
  }

  private void assertKey(int namespace, byte[] key, int offset, int length) {
    assertEquals(namespace, LittleEndian.u16(reader.buffer(), offset));
    assertArrayEquals(key, bytes(offset + 2, length - 2));
  }

  private byte[] bytes(int offset, int length) {
    return Arrays.copyOfRange(reader.buffer(), offset, offset + length);
  }
}
