package io.vxmeta.chaos.check.linear;

/// One operation on one register and what the client learned of it.
///
/// @param expected what a compare-and-set asks for; unused otherwise
/// @param argument what is written; unused by a read
/// @param result the value read, or whether a compare-and-set was [#ACCEPTED] or [#REFUSED]
/// @param revision of the shard group: at which a write was done, or after which a read or a
///   refused compare was answered
/// @param version the revision of the key's last write, as a read reports it
/// @param invoked position in the history; positions that are equal count as concurrent
/// @param finished position of the answer, or [#NEVER] when the outcome is unknown
public record RegisterOperation(
    int key,
    Kind kind,
    long expected,
    long argument,
    long result,
    long revision,
    long version,
    long invoked,
    long finished) {

  /// What the client asked for.
  public enum Kind {
    WRITE,
    READ,
    COMPARE_AND_SET
  }

  /// The value of a register that nobody has written.
  public static final long ABSENT = Long.MIN_VALUE;

  /// The position of an answer that never came.
  public static final long NEVER = Long.MAX_VALUE;

  /// A revision or version that the client was not told.
  public static final long NOT_REPORTED = -1;

  /// The result of a compare-and-set that wrote.
  public static final long ACCEPTED = 1;

  /// The result of a compare-and-set that found another value.
  public static final long REFUSED = 0;

  public RegisterOperation {
    if (key < 0 || invoked < 0 || finished < invoked || revision < -1 || version < -1) {
      throw new IllegalArgumentException(
          "expected 0 <= key and 0 <= invoked <= finished and revisions from 0 or -1: key=%d invoked=%d finished=%d revision=%d version=%d; mend the reader of the history"
              .formatted(key, invoked, finished, revision, version));
    }
  }

  public static RegisterOperation write(int key, long value) {
    return new RegisterOperation(key, Kind.WRITE, ABSENT, value, ABSENT, -1, -1, 0, NEVER);
  }

  public static RegisterOperation read(int key, long value) {
    return new RegisterOperation(key, Kind.READ, ABSENT, ABSENT, value, -1, -1, 0, NEVER);
  }

  public static RegisterOperation compareAndSet(int key, long expected, long value, long answer) {
    return new RegisterOperation(
        key, Kind.COMPARE_AND_SET, expected, value, answer, -1, -1, 0, NEVER);
  }

  public RegisterOperation during(long invoked, long finished) {
    return new RegisterOperation(
        key, kind, expected, argument, result, revision, version, invoked, finished);
  }

  public RegisterOperation at(long revision) {
    return new RegisterOperation(
        key, kind, expected, argument, result, revision, version, invoked, finished);
  }

  public RegisterOperation withVersion(long version) {
    return new RegisterOperation(
        key, kind, expected, argument, result, revision, version, invoked, finished);
  }

  public RegisterOperation withResult(long result) {
    return new RegisterOperation(
        key, kind, expected, argument, result, revision, version, invoked, finished);
  }

  String words() {
    String what =
        switch (kind) {
          case WRITE -> "write of " + value(argument);
          case READ -> "read of " + value(result);
          case COMPARE_AND_SET ->
              "compare-and-set from %s to %s%s"
                  .formatted(value(expected), value(argument), answer());
        };
    String end = finished == NEVER ? "never" : Long.toString(finished);
    String where = revision == NOT_REPORTED ? "" : " revision=" + revision;
    String last = version == NOT_REPORTED ? "" : " version=" + version;
    return "%s (key=%d invoked=%d finished=%s%s%s)".formatted(what, key, invoked, end, where, last);
  }

  private String answer() {
    if (finished == NEVER) {
      return ", unanswered";
    }
    return result == ACCEPTED ? ", accepted" : ", refused";
  }

  static String value(long value) {
    return value == ABSENT ? "nothing" : Long.toString(value);
  }
}
