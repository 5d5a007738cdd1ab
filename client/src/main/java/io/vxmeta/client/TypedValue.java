package io.vxmeta.client;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads what typed mutations store: counters, values with an event time, sets, unions of
/// intervals.
///
/// A value of another form is empty. docs/transactions.md shows the bytes.
public final class TypedValue {
  private static final byte MARK = (byte) 0xF5;
  private static final int FORM_BYTES = 2;

  private TypedValue() {}

  /// A value and the time of its event.
  public record Stamped(long eventTime, Bytes value) {}

  /// The number of a counter.
  public static Optional<Long> counter(Bytes value) {
    return value.length() == Long.BYTES
        ? Optional.of(ByteBuffer.wrap(value.raw()).getLong())
        : Optional.empty();
  }

  /// What a put-if-newer stored.
  public static Optional<Stamped> stamped(Bytes value) {
    if (!begins(value, 'T') || value.length() < FORM_BYTES + Long.BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = content(value);
    long time = in.getLong();
    return Optional.of(new Stamped(time, rest(in, in.remaining())));
  }

  /// The members of a set, ascending.
  public static Optional<List<Bytes>> members(Bytes value) {
    if (!begins(value, 'S')) {
      return Optional.empty();
    }
    List<Bytes> members = new ArrayList<>();
    ByteBuffer in = content(value);
    while (in.hasRemaining()) {
      int length = in.remaining() < Short.BYTES ? Integer.MAX_VALUE : in.getShort() & 0xFFFF;
      if (length > in.remaining()) {
        return Optional.empty();
      }
      members.add(rest(in, length));
    }
    return Optional.of(List.copyOf(members));
  }

  /// The intervals of a union, ascending and apart.
  public static Optional<List<Transaction.Interval>> intervals(Bytes value) {
    if (!begins(value, 'I') || (value.length() - FORM_BYTES) % (2 * Long.BYTES) != 0) {
      return Optional.empty();
    }
    List<Transaction.Interval> intervals = new ArrayList<>();
    ByteBuffer in = content(value);
    while (in.hasRemaining()) {
      long from = in.getLong();
      long to = in.getLong();
      if (from >= to) {
        return Optional.empty();
      }
      intervals.add(new Transaction.Interval(from, to));
    }
    return Optional.of(List.copyOf(intervals));
  }

  private static boolean begins(Bytes value, char form) {
    return value.length() >= FORM_BYTES && value.raw()[0] == MARK && value.raw()[1] == form;
  }

  private static ByteBuffer content(Bytes value) {
    return ByteBuffer.wrap(value.raw(), FORM_BYTES, value.length() - FORM_BYTES);
  }

  private static Bytes rest(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return Bytes.wrap(bytes);
  }
}
