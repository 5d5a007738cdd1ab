package io.vxmeta.statemachine.batch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// A union of half-open intervals of 64-bit numbers as one value.
public final class IntervalsForm {
  /* Layout, as the API documents it: F5 49 | for each interval: from, to, 8 bytes each, big-endian two's complement. from < to;
   * ascending, and neither overlapping nor touching: equal unions are equal bytes.
   */

  static final int HEADER_BYTES = 2;
  static final int INTERVAL_BYTES = 2 * Long.BYTES;
  private static final byte KIND = 'I';
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
          .withInvokeExactBehavior();

  private IntervalsForm() {}

  /// The numbers n with from <= n < to.
  public record Interval(long from, long to) {}

  /// True if the bytes have this form.
  public static boolean isOne(byte[] buffer, int at, int length) {
    if (length < HEADER_BYTES
        || (length - HEADER_BYTES) % INTERVAL_BYTES != 0
        || buffer[at] != StampedForm.MARK
        || buffer[at + 1] != KIND) {
      return false;
    }
    int end = at + length;
    for (int interval = at + HEADER_BYTES; interval < end; interval += INTERVAL_BYTES) {
      boolean first = interval == at + HEADER_BYTES;
      if (from(buffer, interval) >= to(buffer, interval)
          || (!first && from(buffer, interval) <= to(buffer, interval - INTERVAL_BYTES))) {
        return false;
      }
    }
    return true;
  }

  /// The form of these intervals, which may come in any order and overlap. The caller has checked
  /// that none is empty.
  public static byte[] of(Collection<Interval> intervals) {
    List<Interval> sorted =
        intervals.stream().sorted(Comparator.comparingLong(Interval::from)).toList();
    byte[] form = new byte[HEADER_BYTES + sorted.size() * INTERVAL_BYTES];
    int size = begin(form);
    for (Interval interval : sorted) {
      size = append(form, size, interval.from, interval.to);
    }
    return Arrays.copyOf(form, size);
  }

  /// Writes what an empty union begins with; returns where its intervals go.
  static int begin(byte[] into) {
    into[0] = StampedForm.MARK;
    into[1] = KIND;
    return HEADER_BYTES;
  }

  /// Appends an interval that begins at or after the last one's begin, joined with it if they meet;
  /// returns where the next one goes.
  static int append(byte[] form, int size, long from, long to) {
    if (size > HEADER_BYTES && from <= to(form, size - INTERVAL_BYTES)) {
      LONG.set(form, size - Long.BYTES, Math.max(to, to(form, size - INTERVAL_BYTES)));
      return size;
    }
    LONG.set(form, size, from);
    LONG.set(form, size + Long.BYTES, to);
    return size + INTERVAL_BYTES;
  }

  static long from(byte[] buffer, int at) {
    return (long) LONG.get(buffer, at);
  }

  static long to(byte[] buffer, int at) {
    return (long) LONG.get(buffer, at + Long.BYTES);
  }
}
