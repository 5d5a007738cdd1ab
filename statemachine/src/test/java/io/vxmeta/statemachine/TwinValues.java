package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.MadeTransaction;
import io.vxmeta.statemachine.batch.MutationKind;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The forms of typed values and their merges, as plain collections: a TreeSet of members, a
/// TreeSet of single numbers.
final class TwinValues {
  private TwinValues() {}

  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  record Merged(byte[] value, long number, boolean written) {}

  /// True if the mutation can meet this value.
  static boolean fits(MutationKind kind, byte[] value) {
    return switch (kind) {
      case PUT, DELETE, EXPIRE -> true;
      case ADD, MAX, MIN -> value.length == 8;
      case PUT_IF_NEWER -> value.length >= 10 && begins(value, 'T');
      case SET_ADD, SET_REMOVE -> begins(value, 'S') && Arrays.equals(value, set(members(value)));
      case INTERVALS_ADD ->
          begins(value, 'I')
              && value.length % 16 == 2
              && Arrays.equals(value, union(numbers(value)));
    };
  }

  static long eventTime(byte[] value) {
    return ByteBuffer.wrap(value).getLong(2);
  }

  static byte[] stamped(long time, byte[] value) {
    return ByteBuffer.allocate(10 + value.length)
        .put((byte) 0xF5)
        .put((byte) 'T')
        .putLong(time)
        .put(value)
        .array();
  }

  static Merged merge(MadeTransaction.Mutation mutation, byte @Nullable [] old) {
    return switch (mutation.kind()) {
      case ADD, MAX, MIN -> count(mutation, old);
      case SET_ADD, SET_REMOVE -> {
        SortedSet<ByteBuffer> members = old == null ? new TreeSet<>(UNSIGNED) : members(old);
        int before = members.size();
        if (mutation.kind() == MutationKind.SET_ADD) {
          members.addAll(members(mutation.value()));
        } else {
          members.removeAll(members(mutation.value()));
        }
        int changed = Math.abs(members.size() - before);
        boolean creates = old == null && mutation.kind() == MutationKind.SET_ADD;
        yield new Merged(set(members), changed, changed > 0 || creates);
      }
      case INTERVALS_ADD -> {
        SortedSet<Long> numbers = old == null ? new TreeSet<>() : numbers(old);
        int before = numbers.size();
        numbers.addAll(numbers(mutation.value()));
        int changed = numbers.size() - before;
        yield new Merged(union(numbers), changed, changed > 0 || old == null);
      }
      case PUT, DELETE, EXPIRE, PUT_IF_NEWER -> throw new AssertionError(mutation.kind());
    };
  }

  private static Merged count(MadeTransaction.Mutation mutation, byte @Nullable [] old) {
    long operand = mutation.delta();
    long number = operand;
    if (old != null) {
      long stored = ByteBuffer.wrap(old).getLong();
      number =
          switch (mutation.kind()) {
            case ADD -> stored + operand;
            case MAX -> Math.max(stored, operand);
            default -> Math.min(stored, operand);
          };
    }
    byte[] value = ByteBuffer.allocate(8).putLong(number).array();
    boolean written = mutation.kind() == MutationKind.ADD || !Arrays.equals(value, old);
    return new Merged(value, number, written);
  }

  private static final java.util.Comparator<ByteBuffer> UNSIGNED =
      (a, b) -> Arrays.compareUnsigned(a.array(), b.array());

  private static boolean begins(byte[] value, char kind) {
    return value.length >= 2 && value[0] == (byte) 0xF5 && value[1] == (byte) kind;
  }

  private static SortedSet<ByteBuffer> members(byte[] form) {
    TreeSet<ByteBuffer> members = new TreeSet<>(UNSIGNED);
    ByteBuffer in = ByteBuffer.wrap(form, 2, form.length - 2);
    while (in.remaining() >= 2) {
      byte[] member = new byte[Math.min(in.getShort() & 0xFFFF, in.remaining())];
      in.get(member);
      members.add(ByteBuffer.wrap(member));
    }
    return members;
  }

  private static byte[] set(SortedSet<ByteBuffer> members) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(0xF5);
    out.write('S');
    for (ByteBuffer member : members) {
      out.write(member.capacity() >> 8);
      out.write(member.capacity());
      byte[] bytes = new byte[member.capacity()];
      member.get(0, bytes);
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  /// Every single number: the workload's intervals are short.
  private static SortedSet<Long> numbers(byte[] form) {
    TreeSet<Long> numbers = new TreeSet<>();
    ByteBuffer in = ByteBuffer.wrap(form, 2, form.length - 2);
    while (in.remaining() >= 16) {
      long from = in.getLong();
      long to = in.getLong();
      for (long number = from; number < Math.min(to, from + 1_000); number++) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  private static byte[] union(SortedSet<Long> numbers) {
    ByteBuffer out = ByteBuffer.allocate(2 + 16 * numbers.size()).put((byte) 0xF5).put((byte) 'I');
    for (long number : numbers) {
      if (!numbers.contains(number - 1)) {
        out.putLong(number);
      }
      if (!numbers.contains(number + 1)) {
        out.putLong(number + 1);
      }
    }
    return Arrays.copyOf(out.array(), out.position());
  }
}
