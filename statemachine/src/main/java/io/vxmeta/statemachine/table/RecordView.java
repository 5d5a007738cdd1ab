package io.vxmeta.statemachine.table;

import java.util.Objects;

/// A copy of one record, or of its absence, used again and again by one thread.
///
/// The value's buffer grows to the largest value met and stays that size; nothing else is ever
/// allocated.
public final class RecordView {

  private static final int VALUE_BYTES_FIRST = 256;

  private final Content content;
  private byte[] value;
  private boolean ownBuffer = true;
  private int valueOffset;
  private int valueLength;
  private boolean found;
  private long version;
  private long createVersion;
  private long expiresAtMs;
  private int flags;
  private long bucket = -1;
  private int sequence;

  /// What a view copies.
  public enum Content {
    WHOLE,
    WITHOUT_VALUE
  }

  /// Lets the next look-up copy the value straight from the table to `buffer`, from `offset` on,
  /// instead of to a buffer of this view's own. A value that does not fit is not copied: see
  /// [#valueCopied]. Bytes of `buffer` behind the value may be written over, too.
  public void copyValueTo(byte[] buffer, int offset) {
    valueOffset = Objects.checkIndex(offset, buffer.length + 1);
    value = buffer;
    ownBuffer = false;
  }

  /// Whether the value of the record that was found is in [#value].
  public boolean valueCopied() {
    return found && copiesValue(valueLength);
  }

  /// Where the value starts in [#value]: 0 unless the caller said otherwise.
  public int valueOffset() {
    return valueOffset;
  }

  private RecordView(Content content, byte[] value) {
    this.content = content;
    this.value = value;
  }

  /// A view that copies values.
  public static RecordView whole() {
    return of(Content.WHOLE);
  }

  /// A view that copies everything but the value; [#valueLength] is still the record's.
  public static RecordView withoutValue() {
    return of(Content.WITHOUT_VALUE);
  }

  Content content() {
    return content;
  }

  static RecordView of(Content content) {
    return new RecordView(content, new byte[content == Content.WHOLE ? VALUE_BYTES_FIRST : 0]);
  }

  /// Whether there was a record; if not, all numbers are 0.
  public boolean found() {
    return found;
  }

  /// The revision of the record's last write.
  public long version() {
    return version;
  }

  /// The revision of the write that created the record.
  public long createVersion() {
    return createVersion;
  }

  /// Leader time in milliseconds at which the record expires, 0: never.
  public long expiresAtMs() {
    return expiresAtMs;
  }

  /// The user's flags.
  public int flags() {
    return flags;
  }

  /// The value's length in bytes.
  public int valueLength() {
    return valueLength;
  }

  /// The value in [#valueLength] bytes from [#valueOffset] on; empty if this view copies none. The
  /// next look-up writes over it.
  public byte[] value() {
    return value;
  }

  /// Forgets the record: not found.
  public void clear() {
    found = false;
    version = 0;
    createVersion = 0;
    expiresAtMs = 0;
    flags = 0;
    valueLength = 0;
    bucket = -1;
    sequence = 0;
  }

  boolean copiesValue(int length) {
    return content == Content.WHOLE && (ownBuffer || length <= value.length - valueOffset);
  }

  /// A buffer of at least `length` bytes for the value.
  byte[] valueBuffer(int length) {
    if (value.length - valueOffset < length) {
      value = new byte[Math.max(length, value.length * 2)];
    }
    return value;
  }

  void set(
      long newVersion, long newCreateVersion, int newFlags, long newExpiresAtMs, int newLength) {
    found = true;
    version = newVersion;
    createVersion = newCreateVersion;
    flags = newFlags;
    expiresAtMs = newExpiresAtMs;
    valueLength = newLength;
  }

  void seenAt(long newBucket, int newSequence) {
    bucket = newBucket;
    sequence = newSequence;
  }

  /// The bucket that the last look-up looked at.
  long bucket() {
    return bucket;
  }

  boolean seenAs(long otherBucket, int otherSequence) {
    return bucket == otherBucket && sequence == otherSequence;
  }
}
