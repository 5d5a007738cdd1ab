package io.vxmeta.statemachine.table;

/// A record that the writer is about to write: the caller's bytes and numbers, and the layout they
/// will have. Used again and again.
final class RecordDraft {

  private static final byte[] NOTHING = {};

  byte[] keyBuffer = NOTHING;
  int keyOffset;
  int keyLength;
  byte[] valueBuffer = NOTHING;
  int valueOffset;
  int valueLength;
  long version;
  long createVersion;
  int flags;
  long expiresAtMs;
  private int shape;

  void key(byte[] buffer, int offset, int length) {
    keyBuffer = buffer;
    keyOffset = offset;
    keyLength = length;
  }

  void value(byte[] buffer, int offset, int length) {
    valueBuffer = buffer;
    valueOffset = offset;
    valueLength = length;
  }

  void numbers(long newVersion, long newCreateVersion, int newFlags, long newExpiresAtMs) {
    version = newVersion;
    createVersion = newCreateVersion;
    flags = newFlags;
    expiresAtMs = newExpiresAtMs;
    shape =
        RecordLayout.shape(
            keyLength, valueLength, newVersion, newCreateVersion, newFlags, newExpiresAtMs);
  }

  /// The shape in one slot; cut, it has one bit more.
  int shape() {
    return shape;
  }

  /// The length in one slot.
  int wholeBytes() {
    return RecordLayout.headerBytes(shape) + keyLength + valueLength;
  }

  boolean whole() {
    return SizeClass.whole(wholeBytes());
  }

  /// The length of the first slot.
  int headBytes() {
    return whole()
        ? wholeBytes()
        : RecordLayout.headerBytes(shape)
            + RecordLayout.piecesBytes(SizeClass.pieces(valueLength))
            + keyLength;
  }

  /// The slots it takes together: a function of the record alone, so that replicas agree on it.
  long footprint() {
    long head = SizeClass.slotBytes(SizeClass.of(headBytes()));
    return whole() ? head : head + SizeClass.piecesBytes(valueLength);
  }

  /// Lets go of the caller's buffers.
  void clear() {
    keyBuffer = NOTHING;
    valueBuffer = NOTHING;
  }
}
