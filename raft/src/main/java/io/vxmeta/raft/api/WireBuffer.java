package io.vxmeta.raft.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Protobuf's wire format, written into a byte array that grows.
///
/// Numbers, lengths and texts as the generated classes write them: a field that is 0 or empty is
/// left out.
final class WireBuffer {
  /* Threads: one. Field numbers are below 16, so that a tag is one byte. */

  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;

  private byte[] bytes;
  private int at;

  WireBuffer(byte[] bytes, int from) {
    this.bytes = bytes;
    this.at = from;
  }

  byte[] bytes() {
    return bytes;
  }

  int at() {
    return at;
  }

  /// Makes room for so many bytes; the others write without looking.
  void ensure(int more) {
    if (more > bytes.length - at) {
      bytes = Arrays.copyOf(bytes, Math.max(at + more, 2 * bytes.length));
    }
  }

  // ---- sizes

  static int sizeOf(long varint) {
    return (70 - Long.numberOfLeadingZeros(varint | 1)) / 7;
  }

  /// Of a number's field.
  static int sizeOfNumber(long number) {
    return number == 0 ? 0 : 1 + sizeOf(number);
  }

  /// Of a field whose content has that length, 0 also.
  static int sizeOfPart(int length) {
    return 1 + sizeOf(length) + length;
  }

  static int sizeOfBytes(int length) {
    return length == 0 ? 0 : sizeOfPart(length);
  }

  // ---- fields

  void number(int field, long number) {
    if (number != 0) {
      presentNumber(field, number);
    }
  }

  /// Also when it is 0.
  void presentNumber(int field, long number) {
    bytes[at++] = (byte) (field << 3 | VARINT);
    varint(number);
  }

  /// What stands in front of so many bytes of content.
  void part(int field, int length) {
    bytes[at++] = (byte) (field << 3 | LENGTH_DELIMITED);
    varint(length);
  }

  void bytes(int field, byte[] from, int offset, int length) {
    if (length > 0) {
      part(field, length);
      System.arraycopy(from, offset, bytes, at, length);
      at += length;
    }
  }

  void bytes(int field, byte[] whole) {
    bytes(field, whole, 0, whole.length);
  }

  private void varint(long number) {
    long rest = number;
    while ((rest & ~0x7FL) != 0) {
      bytes[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[at++] = (byte) rest;
  }

  /// A text as `bytes` takes it.
  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
