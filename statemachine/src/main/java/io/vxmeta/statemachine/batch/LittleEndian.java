package io.vxmeta.statemachine.batch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Fixed-width little-endian fields inside a byte array, the byte order of every format of ours.
public final class LittleEndian {
  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);

  private LittleEndian() {}

  /// An unsigned 16-bit field.
  public static int u16(byte[] buffer, int offset) {
    return ((short) SHORT.get(buffer, offset)) & 0xFFFF;
  }

  /// A 32-bit field.
  public static int i32(byte[] buffer, int offset) {
    return (int) INT.get(buffer, offset);
  }

  /// A 64-bit field.
  public static long i64(byte[] buffer, int offset) {
    return (long) LONG.get(buffer, offset);
  }

  /// Stores the low 16 bits of `value`.
  public static void u16(byte[] buffer, int offset, int value) {
    SHORT.set(buffer, offset, (short) value);
  }

  /// Stores a 32-bit field.
  public static void i32(byte[] buffer, int offset, int value) {
    INT.set(buffer, offset, value);
  }

  /// Stores a 64-bit field.
  public static void i64(byte[] buffer, int offset, long value) {
    LONG.set(buffer, offset, value);
  }

  private static VarHandle view(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN)
        .withInvokeExactBehavior();
  }
}
