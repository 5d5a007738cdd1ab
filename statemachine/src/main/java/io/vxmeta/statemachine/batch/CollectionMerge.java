package io.vxmeta.statemachine.batch;

/// Merges what a mutation brings into a set or a union of intervals, into a buffer used again and
/// again.
public final class CollectionMerge {
  /* Both sides have their form (checked BEFORE): sorted, so one walk over both suffices. Threads: one at a time.
   * Memory: the buffer grows to the largest result, at most what two values of the table's limit need.
   */

  private static final int BYTES_FIRST = 256;

  private byte[] result = new byte[BYTES_FIRST];
  private int length;
  private long changed;

  /// The result of the last merge, in the first [#length] bytes.
  public byte[] result() {
    return result;
  }

  /// Bytes of the result.
  public int length() {
    return length;
  }

  /// Members that came or went; numbers newly covered, at most `Long.MAX_VALUE`.
  public long changed() {
    return changed;
  }

  /// Merges `operand` into `old`, as `kind` says.
  public void merge(
      MutationKind kind,
      byte[] old,
      int oldLength,
      byte[] operand,
      int operandAt,
      int operandLength) {
    int most = oldLength + operandLength;
    if (result.length < most) {
      result = new byte[Math.max(most, 2 * result.length)];
    }
    changed = 0;
    switch (kind) {
      case SET_ADD -> add(old, oldLength, operand, operandAt, operandAt + operandLength);
      case SET_REMOVE -> remove(old, oldLength, operand, operandAt, operandAt + operandLength);
      case INTERVALS_ADD -> unite(old, oldLength, operand, operandAt, operandAt + operandLength);
      case PUT, DELETE, ADD, MAX, MIN, PUT_IF_NEWER, EXPIRE ->
          throw new IllegalArgumentException("expected a mutation of a collection; kind=" + kind);
    }
  }

  private void add(byte[] old, int oldEnd, byte[] operand, int operandAt, int operandEnd) {
    length = SetForm.begin(result);
    int a = SetForm.HEADER_BYTES;
    int b = operandAt + SetForm.HEADER_BYTES;
    while (a < oldEnd || b < operandEnd) {
      int order = order(old, a, oldEnd, operand, b, operandEnd);
      if (order <= 0) {
        a = copyMember(old, a);
        b = order == 0 ? afterMember(operand, b) : b;
      } else {
        b = copyMember(operand, b);
        changed++;
      }
    }
  }

  private void remove(byte[] old, int oldEnd, byte[] operand, int operandAt, int operandEnd) {
    length = SetForm.begin(result);
    int a = SetForm.HEADER_BYTES;
    int b = operandAt + SetForm.HEADER_BYTES;
    while (a < oldEnd) {
      int order = order(old, a, oldEnd, operand, b, operandEnd);
      if (order < 0) {
        a = copyMember(old, a);
      } else {
        a = order == 0 ? afterMember(old, a) : a;
        b = afterMember(operand, b);
        changed += order == 0 ? 1 : 0;
      }
    }
  }

  private void unite(byte[] old, int oldEnd, byte[] operand, int operandAt, int operandEnd) {
    length = IntervalsForm.begin(result);
    int a = IntervalsForm.HEADER_BYTES;
    int b = operandAt + IntervalsForm.HEADER_BYTES;
    while (a < oldEnd || b < operandEnd) {
      boolean fromOld =
          b == operandEnd
              || (a < oldEnd && IntervalsForm.from(old, a) <= IntervalsForm.from(operand, b));
      byte[] source = fromOld ? old : operand;
      int at = fromOld ? a : b;
      length =
          IntervalsForm.append(
              result, length, IntervalsForm.from(source, at), IntervalsForm.to(source, at));
      a += fromOld ? IntervalsForm.INTERVAL_BYTES : 0;
      b += fromOld ? 0 : IntervalsForm.INTERVAL_BYTES;
    }
    // Modulo 2^64 the difference is exact; what does not fit into a signed number is told as the
    // largest one.
    long covered = covered(result, length) - covered(old, oldEnd);
    changed = covered < 0 ? Long.MAX_VALUE : covered;
  }

  private static long covered(byte[] form, int end) {
    long covered = 0;
    for (int at = IntervalsForm.HEADER_BYTES; at < end; at += IntervalsForm.INTERVAL_BYTES) {
      covered += IntervalsForm.to(form, at) - IntervalsForm.from(form, at);
    }
    return covered;
  }

  /// The order of the two members, an end being behind all members.
  private static int order(byte[] a, int aAt, int aEnd, byte[] b, int bAt, int bEnd) {
    if (aAt >= aEnd) {
      return 1;
    }
    return bAt >= bEnd ? -1 : SetForm.compare(a, aAt, b, bAt);
  }

  private static int afterMember(byte[] form, int at) {
    return at + Short.BYTES + SetForm.memberBytes(form, at);
  }

  private int copyMember(byte[] from, int at) {
    int end = afterMember(from, at);
    System.arraycopy(from, at, result, length, end - at);
    length += end - at;
    return end;
  }
}
