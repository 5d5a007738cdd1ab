package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.history.Micro;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// The steps of all events in columns.
final class Steps {
  /* Threads: one fills, then any may read.
   * `one` is the element of an append, a write or a read value, and the trunk of a read list; `two` is the length of a read
   * list. Keys are numbered from 0 in the order in which they are first met. */

  /// What a step does.
  enum Kind {
    APPEND,
    WRITE,
    READ_LIST,
    READ_VALUE,
    READ_NULL
  }

  private static final int NOTHING = -1;

  private final Values values = new Values();
  private final LongTable keys = new LongTable();
  private final Elements elements = new Elements();
  private final Trunks trunks = new Trunks(elements);

  private int count;
  private Kind[] kind = new Kind[64];
  private int[] key = new int[64];
  private int[] one = new int[64];
  private int[] two = new int[64];
  private boolean registers;

  /// `answered` says whether what it read counts.
  void add(Micro step, int event, Answer answer) {
    int key = keys.number(values.code(step.key()));
    switch (step) {
      case Micro.Append append -> add(Kind.APPEND, key, values.code(append.element()));
      case Micro.Write write -> add(Kind.WRITE, key, values.code(write.value()));
      case Micro.ReadValue read -> add(Kind.READ_VALUE, key, values.code(read.value()));
      case Micro.ReadNull _ -> push(Kind.READ_NULL, key, NOTHING, 0);
      case Micro.SingleKey foreign ->
          throw new IllegalArgumentException(
              "expected a step of a transaction: step=" + foreign + "; judge it as a single key");
      case Micro.ReadList read -> {
        int[] codes = read.elements().stream().mapToInt(values::code).toArray();
        addList(key, codes, codes.length, event, answer);
      }
    }
  }

  /// Whether what an event read was told to the client.
  enum Answer {
    COUNTS,
    ASIDE
  }

  void append(long key, long element) {
    add(Kind.APPEND, keys.number(values.code(key)), values.code(element));
  }

  void read(long key, int[] codes, int length, int event, Answer answer) {
    addList(keys.number(values.code(key)), codes, length, event, answer);
  }

  void read(long key) {
    push(Kind.READ_NULL, keys.number(values.code(key)), NOTHING, 0);
  }

  private void add(Kind kind, int key, int code) {
    registers |= kind == Kind.WRITE;
    push(kind, key, elements.number(key, code), 0);
  }

  private void addList(int key, int[] codes, int length, int event, Answer answer) {
    int trunk =
        switch (answer) {
          case COUNTS -> trunks.seen(key, codes, length, event);
          case ASIDE -> trunks.aside(codes, length);
        };
    push(Kind.READ_LIST, key, trunk, length);
  }

  private void push(Kind kind, int key, int one, int two) {
    if (count == this.kind.length) {
      this.kind = Arrays.copyOf(this.kind, 2 * count);
      this.key = Arrays.copyOf(this.key, 2 * count);
      this.one = Arrays.copyOf(this.one, 2 * count);
      this.two = Arrays.copyOf(this.two, 2 * count);
    }
    this.kind[count] = kind;
    this.key[count] = key;
    this.one[count] = one;
    this.two[count] = two;
    count++;
  }

  int count() {
    return count;
  }

  /// Whether anything was written as to a register.
  boolean registers() {
    return registers;
  }

  int keys() {
    return keys.size();
  }

  Elements elements() {
    return elements;
  }

  Trunks trunks() {
    return trunks;
  }

  Kind kind(int step) {
    return kind[step];
  }

  boolean reads(int step) {
    return switch (kind[step]) {
      case READ_LIST, READ_VALUE, READ_NULL -> true;
      case APPEND, WRITE -> false;
    };
  }

  int key(int step) {
    return key[step];
  }

  /// Of an append, a write or a read value.
  int element(int step) {
    return one[step];
  }

  /// How many elements a read showed; 0 for a read of nothing.
  int length(int step) {
    return two[step];
  }

  /// The list a read showed, which is that trunk's first [#length] elements; only where that is not
  /// 0.
  Trunks.Trunk trunk(int step) {
    return trunks.trunk(one[step]);
  }

  Object keyName(int key) {
    return values.scalar((int) keys.item(key));
  }

  Object value(int element) {
    return values.scalar(elements.code(element));
  }

  /// The first `length` elements of a list that was read.
  List<Object> list(Trunks.Trunk trunk, int length) {
    return IntStream.range(0, length).mapToObj(place -> values.scalar(trunk.code(place))).toList();
  }

  List<Object> list(int step) {
    return length(step) == 0 ? List.of() : list(trunk(step), length(step));
  }

  /// The step as it was added.
  Micro micro(int step) {
    Object name = keyName(key[step]);
    return switch (kind(step)) {
      case APPEND -> new Micro.Append(name, value(one[step]));
      case WRITE -> new Micro.Write(name, value(one[step]));
      case READ_VALUE -> new Micro.ReadValue(name, value(one[step]));
      case READ_NULL -> new Micro.ReadNull(name);
      case READ_LIST -> new Micro.ReadList(name, list(step));
    };
  }
}
