package io.vxmeta.statemachine.table;

/// The first two bytes of a record: how wide each of its fields is, and with that where the key
/// starts.
final class RecordLayout {
  /* A record (little-endian; a field that is 0 takes no byte):
   *
   *   shape 2 | key length 1-2 | value length 0-3 | version 4-8 | version - create version 4-8 | expiry 0,6,8 | flags 0-4
   *           | piece offsets 4 each, if cut | key | value, if not cut
   *
   *   shape bit  0      key length takes 2 bytes
   *              1-2    bytes of the value length
   *              3-5    bytes of the version, less 1
   *              6-9    bytes of the difference to the create version
   *              10-11  bytes of the expiry: 0 none, 1 six, 2 eight
   *              12-14  bytes of the flags
   *              15     the value is cut in pieces (SizeClass.piece), of which the record holds the offsets in units of 8 bytes
   *
   * Version and difference are written with REVISION_BYTES at least: else a record would grow by some bytes when it is
   * written again, and move to a slot of another class: for a whole table of 96-byte records that took twice the memory
   * until the last record had moved. Narrower ones in older snapshots are read as they are.
   * A record of 34 + 64 bytes has a header of 12 bytes until revision 2^32.
   *
   * The USUAL shape: a key of up to 255 bytes, version and difference of four bytes each, no expiry, no flags, not cut. Readers
   * decode it from the record's first eight bytes (its HEAD) and one number more; all others field by field. */

  private static final int REVISION_BYTES = 4;

  private static final int SHAPE_BYTES = 2;
  private static final int CUT_BIT = 15;
  private static final int EXPIRY_SHORT = 6;
  private static final int[] EXPIRY_WIDTHS = {0, EXPIRY_SHORT, Long.BYTES, Long.BYTES};
  private static final int PIECE_BYTES = 4;

  /// All bits but those of the value length's width, which may be any.
  private static final long USUAL_MASK = 0xFFF9;

  private static final long USUAL = ((REVISION_BYTES - 1) << 3) | (REVISION_BYTES << 6);
  private static final int USUAL_KEY_LENGTH_BYTES = 1;

  /// Two of shape, two and three of lengths, eight each of version, difference and expiry, four of
  /// flags.
  static final int HEADER_BYTES_MAX = 35;

  private RecordLayout() {}

  /// The shape of a record whose value is not cut.
  static int shape(
      int keyLength, int valueLength, long version, long createVersion, int flags, long expiry) {
    int keyBit = keyLength > 0xFF ? 1 : 0;
    int versionBytes = Math.max(REVISION_BYTES, Bytes.width(version));
    int differenceBytes = Math.max(REVISION_BYTES, Bytes.width(version - createVersion));
    return keyBit
        | Bytes.width(valueLength) << 1
        | (versionBytes - 1) << 3
        | differenceBytes << 6
        | expiryCode(expiry) << 10
        | Bytes.width(Integer.toUnsignedLong(flags)) << 12;
  }

  /// Whether the record that starts with these eight bytes has the usual shape.
  static boolean isUsual(long head) {
    return (head & USUAL_MASK) == USUAL;
  }

  /// The first eight bytes of a usual record; those behind the value length are 0.
  static long usualHead(int shape, int keyLength, int valueLength) {
    return shape
        | (long) keyLength << (SHAPE_BYTES * Byte.SIZE)
        | (long) valueLength << ((SHAPE_BYTES + USUAL_KEY_LENGTH_BYTES) * Byte.SIZE);
  }

  static int usualKeyLength(long head) {
    return (int) (head >>> (SHAPE_BYTES * Byte.SIZE)) & 0xFF;
  }

  static int usualValueLength(long head) {
    long lengths = head >>> ((SHAPE_BYTES + USUAL_KEY_LENGTH_BYTES) * Byte.SIZE);
    return (int) (lengths & ((1L << (valueLengthBytes((int) head) * Byte.SIZE)) - 1));
  }

  /// Where version and difference lie, four bytes each.
  static int usualRevisionsAt(long head) {
    return SHAPE_BYTES + USUAL_KEY_LENGTH_BYTES + valueLengthBytes((int) head);
  }

  static int usualHeaderBytes(long head) {
    return usualRevisionsAt(head) + 2 * REVISION_BYTES;
  }

  private static int expiryCode(long expiry) {
    if (expiry == 0) {
      return 0;
    }
    return Bytes.width(expiry) <= EXPIRY_SHORT ? 1 : 2;
  }

  static int withPieces(int shape) {
    return shape | 1 << CUT_BIT;
  }

  static boolean isCut(int shape) {
    return (shape >>> CUT_BIT & 1) != 0;
  }

  static int keyLengthBytes(int shape) {
    return 1 + (shape & 1);
  }

  static int valueLengthBytes(int shape) {
    return shape >>> 1 & 3;
  }

  static int versionBytes(int shape) {
    return (shape >>> 3 & 7) + 1;
  }

  static int differenceBytes(int shape) {
    return Math.min(shape >>> 6 & 15, Long.BYTES);
  }

  static int expiryBytes(int shape) {
    return EXPIRY_WIDTHS[shape >>> 10 & 3];
  }

  static int flagBytes(int shape) {
    return Math.min(shape >>> 12 & 7, Integer.BYTES);
  }

  static int keyLengthAt() {
    return SHAPE_BYTES;
  }

  static int valueLengthAt(int shape) {
    return SHAPE_BYTES + keyLengthBytes(shape);
  }

  static int versionAt(int shape) {
    return valueLengthAt(shape) + valueLengthBytes(shape);
  }

  static int differenceAt(int shape) {
    return versionAt(shape) + versionBytes(shape);
  }

  static int expiryAt(int shape) {
    return differenceAt(shape) + differenceBytes(shape);
  }

  static int flagsAt(int shape) {
    return expiryAt(shape) + expiryBytes(shape);
  }

  /// Where the fields end: the piece offsets or the key.
  static int headerBytes(int shape) {
    return flagsAt(shape) + flagBytes(shape);
  }

  static int piecesBytes(int pieces) {
    return pieces * PIECE_BYTES;
  }

  /// At least the footprint of every record with these lengths.
  static long footprintMax(int keyLength, int valueLength) {
    int bytes = HEADER_BYTES_MAX + keyLength + valueLength;
    if (bytes <= SizeClass.WHOLE_BYTES) {
      return SizeClass.slotBytes(SizeClass.of(bytes));
    }
    // In one slot it wastes an eighth at most; cut, each piece does, and the head is a slot for
    // itself.
    int head = HEADER_BYTES_MAX + piecesBytes(SizeClass.pieces(valueLength)) + keyLength;
    long eighths = bytes / 8 + 1L;
    return bytes + eighths + SizeClass.slotBytes(SizeClass.of(head));
  }
}
