package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.os.LiveRegion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a record says is what its layout says of its bytes, field by field, and its neighbours stay
/// as they are.
final class RecordHeapTest {

  private static final int RECORDS = 20_000;
  private static final long REGION = 64L << 20;

  @TempDir private Path directory;

  /// A record of the usual shape or of another, as often.
  private static RecordDraft draft(Random random) {
    boolean usual = random.nextBoolean();
    byte[] key = new byte[1 + random.nextInt(usual ? 255 : 600)];
    byte[] value = new byte[random.nextInt(8) == 0 ? 0 : random.nextInt(1 + random.nextInt(3_000))];
    random.nextBytes(key);
    random.nextBytes(value);
    long version = 1 + random.nextLong(usual ? 0xFFFF_FFFFL : Long.MAX_VALUE);
    RecordDraft draft = new RecordDraft();
    draft.key(key, 0, key.length);
    draft.value(value, 0, value.length);
    draft.numbers(
        version,
        version - random.nextLong(version),
        usual ? 0 : random.nextInt(),
        usual ? 0 : random.nextLong(1L << 60));
    return draft;
  }

  private static void assertSays(RecordDraft draft, RecordHeap records, Heap heap, long at) {
    int shape = Bytes.shortAt(heap.bytes(), at) & 0xFFFF;
    assertEquals(draft.whole() ? draft.shape() : RecordLayout.withPieces(draft.shape()), shape);
    assertEquals(
        draft.keyLength,
        field(heap, at, RecordLayout.keyLengthAt(), RecordLayout.keyLengthBytes(shape)));
    assertEquals(
        draft.valueLength,
        field(heap, at, RecordLayout.valueLengthAt(shape), RecordLayout.valueLengthBytes(shape)));
    assertEquals(
        draft.version,
        field(heap, at, RecordLayout.versionAt(shape), RecordLayout.versionBytes(shape)));
    assertEquals(
        draft.version - draft.createVersion,
        field(heap, at, RecordLayout.differenceAt(shape), RecordLayout.differenceBytes(shape)));
    RecordView view = RecordView.whole();
    assertTrue(records.readIfKey(at, draft.keyBuffer, 0, draft.keyLength, view));
    assertEquals(draft.version, view.version());
    assertEquals(draft.createVersion, view.createVersion());
    assertEquals(draft.flags, view.flags());
    assertEquals(draft.expiresAtMs, view.expiresAtMs());
    assertTrue(
        Arrays.equals(
            draft.valueBuffer, 0, draft.valueLength, view.value(), 0, view.valueLength()));
    draft.keyBuffer[draft.keyLength - 1]++;
    assertFalse(records.readIfKey(at, draft.keyBuffer, 0, draft.keyLength, view), "another key");
    draft.keyBuffer[draft.keyLength - 1]--;
  }

  private static long field(Heap heap, long at, int fieldAt, int width) {
    return Bytes.numberAt(heap.bytes(), at + fieldAt, width);
  }

  @Test
  void recordsSayWhatTheirLayoutSaysAndLeaveTheirNeighboursAlone() throws IOException {
    try (LiveRegion region = TableFixture.MEMORY.map(directory.resolve("heap"), REGION)) {
      Heap heap = new Heap(new LiveFile(SegmentName.Part.HEAP, region, 64 << 10), 1);
      RecordHeap records = new RecordHeap(heap);
      Random random = new Random(1);
      RecordDraft[] drafts = new RecordDraft[RECORDS];
      long[] places = new long[RECORDS];
      int usual = 0;
      for (int i = 0; i < RECORDS; i++) {
        drafts[i] = draft(random);
        usual += RecordLayout.isUsual(drafts[i].shape()) ? 1 : 0;
        places[i] = records.allocate(drafts[i]);
        records.write(places[i], drafts[i]);
      }
      for (int i = 0; i < RECORDS; i++) {
        assertSays(drafts[i], records, heap, places[i]);
      }
      assertTrue(usual > RECORDS / 4 && usual < RECORDS * 3 / 4, "usual=" + usual);
    }
  }
}
