package io.vxmeta.statemachine.batch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// A value with the time of its event in front: what put-if-newer stores.
public final class StampedForm {
  /* Layout, as the API documents it: F5 54 | event time, 8 bytes, big-endian two's complement | the caller's value.
   * No text in UTF-8 begins with F5, so a text is never taken for one of our forms.
   */

  /// The first byte of every form.
  static final byte MARK = (byte) 0xF5;

  /// Bytes before the caller's value.
  public static final int HEADER_BYTES = 2 + Long.BYTES;

  private static final byte KIND = 'T';
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN)
          .withInvokeExactBehavior();

  private StampedForm() {}

  /// True if the bytes have this form.
  public static boolean isOne(byte[] buffer, int at, int length) {
    return length >= HEADER_BYTES && buffer[at] == MARK && buffer[at + 1] == KIND;
  }

  /// The event's time of bytes that have this form.
  public static long eventTime(byte[] buffer, int at) {
    return (long) LONG.get(buffer, at + 2);
  }

  static void write(byte[] buffer, int at, long eventTime, Slice value) {
    buffer[at] = MARK;
    buffer[at + 1] = KIND;
    LONG.set(buffer, at + 2, eventTime);
    value.copyTo(buffer, at + HEADER_BYTES);
  }
}
