package io.vxmeta.client;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// A key or a value: a run of any bytes, compared by content in unsigned order.
public final class Bytes implements Comparable<Bytes> {

  public static final Bytes EMPTY = new Bytes(new byte[0]);

  private final byte[] content;

  private Bytes(byte[] content) {
    this.content = content;
  }

  public static Bytes copyOf(byte[] bytes) {
    return new Bytes(bytes.clone());
  }

  /// Takes the array as it is; the caller gives it away and changes it no more.
  public static Bytes wrap(byte[] bytes) {
    return new Bytes(bytes);
  }

  public static Bytes utf8(String text) {
    return new Bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /// A counter's value as [Transaction.Builder#add] stores it.
  public static Bytes number(long value) {
    return new Bytes(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
  }

  /// The SHA-256 of the content: what a compare by value is made of.
  public Bytes sha256() {
    try {
      return new Bytes(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("expected SHA-256, which every Java platform has", e);
    }
  }

  public int length() {
    return content.length;
  }

  public boolean isEmpty() {
    return content.length == 0;
  }

  public byte[] toArray() {
    return content.clone();
  }

  /// The array itself, for reading only.
  byte[] raw() {
    return content;
  }

  public boolean startsWith(Bytes prefix) {
    return content.length >= prefix.content.length
        && Arrays.mismatch(content, 0, prefix.content.length, prefix.content, 0, prefix.length())
            < 0;
  }

  /// Whether the bytes are text, so that [#toUtf8] loses nothing.
  public boolean isUtf8() {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content));
      return true;
    } catch (CharacterCodingException notText) {
      return false;
    }
  }

  /// As text; bytes that are no UTF-8 become replacement characters.
  public String toUtf8() {
    return new String(content, StandardCharsets.UTF_8);
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(content, other.content);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  /// Text in quotes, or hexadecimal digits; cut where it is long.
  @Override
  public String toString() {
    int shown = Math.min(content.length, 64);
    String more = content.length > shown ? "...(" + content.length + " bytes)" : "";
    Bytes head = new Bytes(Arrays.copyOf(content, shown));
    if (head.isUtf8()) {
      return '"' + head.toUtf8() + '"' + more;
    }
    StringBuilder hex = new StringBuilder("0x");
    for (byte b : head.content) {
      hex.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
    }
    return hex.append(more).toString();
  }
}
