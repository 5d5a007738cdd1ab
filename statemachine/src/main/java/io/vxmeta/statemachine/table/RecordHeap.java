package io.vxmeta.statemachine.table;

import io.vxmeta.statemachine.os.LiveMemoryExhausted;
import java.lang.foreign.MemorySegment;

/// Records in the heap: writes them into slots, reads them back, gives the slots back.
final class RecordHeap {
  /* Threads: readers call hasKey and read, all else is the writer's.
   * A reader may look at a slot that was freed and taken again, or that changes right now. So each length that it reads is
   * checked against the readable part before it is used, and what it made of the bytes counts only after the bucket's
   * sequence has proved that they were a record's (TableReader). */

  private static final int PIECES_MAX = SizeClass.pieces(Table.VALUE_BYTES_MAX) + 2;

  /// Of these, three words are loaded ahead (KeyBatch), which are all lines of a record of 112
  /// bytes.
  static final int LINES_AHEAD = 128;

  static final int NO_RECORD = -1;
  static final int KEY_TOO_LONG = -2;

  private final Heap heap;
  private final MemorySegment bytes;
  private final long address;
  private final long[] pieces = new long[PIECES_MAX];

  RecordHeap(Heap heap) {
    this.heap = heap;
    this.bytes = heap.bytes();
    this.address = bytes.address();
  }

  /// Whether the record at `at` has this key; false, too, if the bytes are not a record.
  boolean hasKey(long at, byte[] buffer, int offset, int length) {
    long readable = heap.readableBytes();
    return startsIn(at, readable) && hasKey(at, headAt(at), readable, buffer, offset, length);
  }

  /// Copies the record at `at` if it has this key; false, too, if the bytes are not a record.
  boolean readIfKey(long at, byte[] buffer, int offset, int length, RecordView into) {
    long readable = heap.readableBytes();
    if (!startsIn(at, readable)) {
      return false;
    }
    long head = headAt(at);
    return hasKey(at, head, readable, buffer, offset, length) && read(at, head, readable, into);
  }

  private long headAt(long at) {
    return RawBytes.longAt(address + at);
  }

  private boolean hasKey(long at, long head, long readable, byte[] buffer, int offset, int length) {
    long key;
    if (RecordLayout.isUsual(head)) {
      key =
          RecordLayout.usualKeyLength(head) == length
              ? at + RecordLayout.usualHeaderBytes(head)
              : 0;
    } else {
      int shape = (int) head & 0xFFFF;
      key = keyLength(at, shape) == length ? keyAt(at, shape, readable) : 0;
    }
    return key > 0
        && key + length <= readable
        && RawBytes.same(address + key, buffer, offset, length);
  }

  /// Whether shape and lengths of a record at `at` may be read: the smallest slot and the spare
  /// bytes at a slab's end.
  private static boolean startsIn(long at, long readable) {
    return at > 0 && at + 2 * Long.BYTES + Long.BYTES <= readable;
  }

  private int keyLength(long at, int shape) {
    int both = Bytes.shortAt(bytes, at + RecordLayout.keyLengthAt()) & 0xFFFF;
    return RecordLayout.keyLengthBytes(shape) == 1 ? both & 0xFF : both;
  }

  private int valueLength(long at, int shape) {
    return (int)
        Bytes.numberAt(
            bytes, at + RecordLayout.valueLengthAt(shape), RecordLayout.valueLengthBytes(shape));
  }

  /// Where the key starts, 0 if that is not in the readable part.
  private long keyAt(long at, int shape, long readable) {
    int header = RecordLayout.headerBytes(shape);
    if (at + header + Long.BYTES > readable) {
      return 0; // Numbers are read in eights, which a slab's spare bytes allow.
    }
    if (!RecordLayout.isCut(shape)) {
      return at + header;
    }
    int length = valueLength(at, shape);
    return length > Table.VALUE_BYTES_MAX
        ? 0
        : at + header + RecordLayout.piecesBytes(SizeClass.pieces(length));
  }

  /// The address of a record whose first lines may be loaded ahead, `other` if they may not.
  long line(long at, long other) {
    return at > 0 && at + LINES_AHEAD <= heap.readableBytes() ? address + at : other;
  }

  /// Copies the record at `at`.
  ///
  /// @return false if the bytes are not a record; `into` then holds nothing of use
  boolean read(long at, RecordView into) {
    long readable = heap.readableBytes();
    return startsIn(at, readable) && read(at, headAt(at), readable, into);
  }

  private boolean read(long at, long head, long readable, RecordView into) {
    return RecordLayout.isUsual(head)
        ? readUsual(at, head, readable, into)
        : readFields(at, (int) head & 0xFFFF, readable, into);
  }

  private boolean readUsual(long at, long head, long readable, RecordView into) {
    int length = RecordLayout.usualValueLength(head);
    long value = at + RecordLayout.usualHeaderBytes(head) + RecordLayout.usualKeyLength(head);
    if (length > Table.VALUE_BYTES_MAX || value + length > readable) {
      return false;
    }
    if (into.copiesValue(length)) {
      RawBytes.copyOut(address + value, into.valueBuffer(length), into.valueOffset(), length);
    }
    long revisions = RawBytes.longAt(address + at + RecordLayout.usualRevisionsAt(head));
    long version = revisions & 0xFFFF_FFFFL;
    into.set(version, version - (revisions >>> Integer.SIZE), 0, 0, length);
    return true;
  }

  private boolean readFields(long at, int shape, long readable, RecordView into) {
    long key = keyAt(at, shape, readable);
    if (key == 0) {
      return false;
    }
    int valueLength = valueLength(at, shape);
    if (valueLength > Table.VALUE_BYTES_MAX
        || (into.copiesValue(valueLength)
            && !readValue(at, shape, key, valueLength, readable, into))) {
      return false;
    }
    long version =
        Bytes.numberAt(bytes, at + RecordLayout.versionAt(shape), RecordLayout.versionBytes(shape));
    long difference =
        Bytes.numberAt(
            bytes, at + RecordLayout.differenceAt(shape), RecordLayout.differenceBytes(shape));
    long expiry =
        Bytes.numberAt(bytes, at + RecordLayout.expiryAt(shape), RecordLayout.expiryBytes(shape));
    int flags =
        (int)
            Bytes.numberAt(bytes, at + RecordLayout.flagsAt(shape), RecordLayout.flagBytes(shape));
    into.set(version, version - difference, flags, expiry, valueLength);
    return true;
  }

  private boolean readValue(
      long at, int shape, long key, int valueLength, long readable, RecordView into) {
    byte[] target = into.valueBuffer(valueLength);
    int to = into.valueOffset();
    if (RecordLayout.isCut(shape)) {
      return readPieces(at + RecordLayout.headerBytes(shape), target, to, valueLength, readable);
    }
    long value = key + keyLength(at, shape);
    if (value + valueLength > readable) {
      return false;
    }
    Bytes.copyOut(bytes, value, target, to, valueLength);
    return true;
  }

  private boolean readPieces(long offsets, byte[] target, int to, int valueLength, long readable) {
    int done = 0;
    for (long at = offsets; done < valueLength; at += Integer.BYTES) {
      int length = SizeClass.piece(valueLength - done);
      if (at + Integer.BYTES > readable) {
        return false;
      }
      long piece = pieceAt(at);
      if (piece + length > readable) {
        return false;
      }
      Bytes.copyOut(bytes, piece, target, to + done, length);
      done += length;
    }
    return true;
  }

  private long pieceAt(long offset) {
    return Bytes.unsignedIntAt(bytes, offset) << SizeClass.UNIT_SHIFT;
  }

  /// Copies the key of the record at `at` to the start of `target`.
  ///
  /// @return its length, [#KEY_TOO_LONG] for `target`, or [#NO_RECORD] if the bytes are none
  int readKey(long at, byte[] target) {
    long readable = heap.readableBytes();
    if (!startsIn(at, readable)) {
      return NO_RECORD;
    }
    int shape = Bytes.shortAt(bytes, at) & 0xFFFF;
    int length = keyLength(at, shape);
    long key = keyAt(at, shape, readable);
    if (key == 0 || key + length > readable) {
      return NO_RECORD;
    }
    if (length > target.length) {
      return KEY_TOO_LONG;
    }
    Bytes.copyOut(bytes, key, target, 0, length);
    return length;
  }

  /// Whether a record can be written over the one at `at`, slot for slot.
  boolean fitsInPlace(long at, RecordDraft draft) {
    int length = draft.wholeBytes();
    return length <= SizeClass.WHOLE_BYTES
        && !RecordLayout.isCut(Bytes.shortAt(bytes, at) & 0xFFFF)
        && SizeClass.of(length) == heap.classAt(at);
  }

  /// Takes the slots of a record, all or none.
  ///
  /// @return the offset of the first one
  /// @throws LiveMemoryExhausted if there is no room; nothing was changed
  long allocate(RecordDraft draft) {
    int headClass = SizeClass.of(draft.headBytes());
    if (draft.whole()) {
      return heap.allocate(headClass);
    }
    int taken = 0;
    try {
      for (int rest = draft.valueLength; rest > 0; rest -= SizeClass.piece(rest)) {
        pieces[taken] = heap.allocate(SizeClass.of(SizeClass.piece(rest)));
        taken++;
      }
      return heap.allocate(headClass);
    } catch (LiveMemoryExhausted e) {
      while (taken > 0) {
        heap.free(pieces[--taken]);
      }
      throw e;
    }
  }

  /// Writes a record that fits in place, or into the slots that [#allocate] just took for it.
  void write(long at, RecordDraft draft) {
    boolean whole = draft.whole();
    int shape = whole ? draft.shape() : RecordLayout.withPieces(draft.shape());
    if (RecordLayout.isUsual(shape)) {
      writeUsual(at, shape, draft);
    } else {
      writeFields(at, shape, draft);
    }
    long key = at + RecordLayout.headerBytes(shape);
    if (whole) {
      long value = key + draft.keyLength;
      Bytes.copyIn(draft.valueBuffer, draft.valueOffset, bytes, value, draft.valueLength);
    } else {
      key +=
          RecordLayout.piecesBytes(
              writePieces(key, draft.valueBuffer, draft.valueOffset, draft.valueLength));
    }
    Bytes.copyIn(draft.keyBuffer, draft.keyOffset, bytes, key, draft.keyLength);
  }

  private int writePieces(long offsets, byte[] valueBuffer, int valueOffset, int valueLength) {
    int done = 0;
    int count = 0;
    while (done < valueLength) {
      int length = SizeClass.piece(valueLength - done);
      long piece = pieces[count];
      Bytes.putInt(
          bytes, offsets + RecordLayout.piecesBytes(count), (int) (piece >>> SizeClass.UNIT_SHIFT));
      Bytes.copyIn(valueBuffer, valueOffset + done, bytes, piece, length);
      done += length;
      count++;
    }
    return count;
  }

  /// Two stores that overlap: the second one writes over what is no length in the first.
  private void writeUsual(long at, int shape, RecordDraft draft) {
    long head = RecordLayout.usualHead(shape, draft.keyLength, draft.valueLength);
    Bytes.putLong(bytes, at, head);
    Bytes.putLong(
        bytes,
        at + RecordLayout.usualRevisionsAt(head),
        draft.version | (draft.version - draft.createVersion) << Integer.SIZE);
  }

  private void writeFields(long at, int shape, RecordDraft draft) {
    Bytes.putShort(bytes, at, (short) shape);
    Bytes.putNumber(
        bytes,
        at + RecordLayout.keyLengthAt(),
        draft.keyLength,
        RecordLayout.keyLengthBytes(shape));
    Bytes.putNumber(
        bytes,
        at + RecordLayout.valueLengthAt(shape),
        draft.valueLength,
        RecordLayout.valueLengthBytes(shape));
    Bytes.putNumber(
        bytes, at + RecordLayout.versionAt(shape), draft.version, RecordLayout.versionBytes(shape));
    Bytes.putNumber(
        bytes,
        at + RecordLayout.differenceAt(shape),
        draft.version - draft.createVersion,
        RecordLayout.differenceBytes(shape));
    Bytes.putNumber(
        bytes,
        at + RecordLayout.expiryAt(shape),
        draft.expiresAtMs,
        RecordLayout.expiryBytes(shape));
    Bytes.putNumber(
        bytes, at + RecordLayout.flagsAt(shape), draft.flags, RecordLayout.flagBytes(shape));
  }

  /// Gives back all slots of the record at `at`.
  void free(long at) {
    int shape = Bytes.shortAt(bytes, at) & 0xFFFF;
    if (RecordLayout.isCut(shape)) {
      long offset = at + RecordLayout.headerBytes(shape);
      for (int rest = valueLength(at, shape); rest > 0; rest -= SizeClass.piece(rest)) {
        heap.free(pieceAt(offset));
        offset += Integer.BYTES;
      }
    }
    heap.free(at);
  }

  /// The footprint of the record at `at`.
  long footprint(long at) {
    int shape = Bytes.shortAt(bytes, at) & 0xFFFF;
    long slot = SizeClass.slotBytes(heap.classAt(at));
    return RecordLayout.isCut(shape) ? slot + SizeClass.piecesBytes(valueLength(at, shape)) : slot;
  }

  /// Hands each slot of the record at `at` to `visitor`.
  void slots(long at, SlotVisitor visitor) {
    visitor.visit(at);
    int shape = Bytes.shortAt(bytes, at) & 0xFFFF;
    if (RecordLayout.isCut(shape)) {
      long offset = at + RecordLayout.headerBytes(shape);
      for (int rest = valueLength(at, shape); rest > 0; rest -= SizeClass.piece(rest)) {
        visitor.visit(pieceAt(offset));
        offset += Integer.BYTES;
      }
    }
  }

  /// Told of each slot that a record takes.
  interface SlotVisitor {
    void visit(long offset);
  }
}
