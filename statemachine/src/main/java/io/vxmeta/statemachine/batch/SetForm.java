package io.vxmeta.statemachine.batch;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/// A set of byte strings as one value.
public final class SetForm {
  /* Layout, as the API documents it: F5 53 | for each member: its length, 2 bytes, big-endian, then its bytes. Members are in
   * ascending order of their unsigned bytes, none twice, none empty: equal sets are equal bytes.
   */

  static final int HEADER_BYTES = 2;
  private static final byte KIND = 'S';

  private SetForm() {}

  /// True if the bytes have this form.
  public static boolean isOne(byte[] buffer, int at, int length) {
    if (length < HEADER_BYTES || buffer[at] != StampedForm.MARK || buffer[at + 1] != KIND) {
      return false;
    }
    int end = at + length;
    int previous = -1;
    for (int member = at + HEADER_BYTES; member < end; ) {
      if (end - member < Short.BYTES) {
        return false;
      }
      int bytes = memberBytes(buffer, member);
      if (bytes == 0 || bytes > Limits.SET_MEMBER_BYTES_MAX || bytes > end - member - Short.BYTES) {
        return false;
      }
      if (previous >= 0 && compare(buffer, previous, buffer, member) >= 0) {
        return false;
      }
      previous = member;
      member += Short.BYTES + bytes;
    }
    return true;
  }

  /// The form of these members, which may come in any order and more than once. The caller has
  /// checked each length.
  public static byte[] of(Collection<byte[]> members) {
    List<byte[]> sorted = members.stream().sorted(Arrays::compareUnsigned).toList();
    byte[] form =
        new byte[HEADER_BYTES + members.stream().mapToInt(m -> Short.BYTES + m.length).sum()];
    int size = begin(form);
    byte[] previous = new byte[0];
    for (byte[] member : sorted) {
      if (!Arrays.equals(previous, member)) {
        form[size] = (byte) (member.length >>> 8);
        form[size + 1] = (byte) member.length;
        System.arraycopy(member, 0, form, size + Short.BYTES, member.length);
        size += Short.BYTES + member.length;
      }
      previous = member;
    }
    return Arrays.copyOf(form, size);
  }

  /// Writes what an empty set begins with; returns where its members go.
  static int begin(byte[] into) {
    into[0] = StampedForm.MARK;
    into[1] = KIND;
    return HEADER_BYTES;
  }

  /// Bytes of the member at `at`, without those of its length.
  static int memberBytes(byte[] buffer, int at) {
    return (buffer[at] & 0xFF) << 8 | (buffer[at + 1] & 0xFF);
  }

  /// The order of two members.
  static int compare(byte[] a, int aAt, byte[] b, int bAt) {
    int aFrom = aAt + Short.BYTES;
    int bFrom = bAt + Short.BYTES;
    return Arrays.compareUnsigned(
        a, aFrom, aFrom + memberBytes(a, aAt), b, bFrom, bFrom + memberBytes(b, bAt));
  }
}
