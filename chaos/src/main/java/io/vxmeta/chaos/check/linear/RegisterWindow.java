package io.vxmeta.chaos.check.linear;

import static io.vxmeta.chaos.check.linear.RegisterOperation.ABSENT;

/// The operations on one register, in the columns of its history; the state is the value itself.
final class RegisterWindow implements Window {
  private final RegisterHistory history;
  private final int[] places;

  RegisterWindow(RegisterHistory history, int[] places) {
    this.history = history;
    this.places = places;
  }

  @Override
  public int size() {
    return places.length;
  }

  @Override
  public long invoked(int operation) {
    return history.invoked(places[operation]);
  }

  @Override
  public long finished(int operation) {
    return history.finished(places[operation]);
  }

  @Override
  public long initial() {
    return ABSENT;
  }

  @Override
  public boolean fits(int operation, long value) {
    int place = places[operation];
    return switch (history.kind(place)) {
      case WRITE -> true;
      case READ -> history.result(place) == value;
      case COMPARE_AND_SET ->
          !history.answered(place)
              || (history.result(place) == RegisterOperation.ACCEPTED)
                  == (history.expected(place) == value);
    };
  }

  @Override
  public long after(int operation, long value) {
    int place = places[operation];
    return switch (history.kind(place)) {
      case WRITE -> history.argument(place);
      case READ -> value;
      case COMPARE_AND_SET -> history.expected(place) == value ? history.argument(place) : value;
    };
  }

  @Override
  public int place(int operation) {
    return places[operation];
  }

  @Override
  public String subject() {
    return "key " + history.key(places[0]);
  }

  @Override
  public String words(int operation) {
    return history.words(places[operation]);
  }

  @Override
  public String stateWords(long value) {
    return RegisterOperation.value(value);
  }
}
