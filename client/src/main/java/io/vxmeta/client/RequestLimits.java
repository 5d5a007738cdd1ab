package io.vxmeta.client;

import java.time.Duration;

/// What a server accepts; checked here first, so that a mistake costs no round trip.
public final class RequestLimits {

  public static final int NAMESPACE_BYTES_MAX = 64;
  public static final int KEY_BYTES_MAX = 4_096;
  public static final int VALUE_BYTES_MAX = 1 << 20;

  /// Of a value with an event time in front.
  public static final int STAMPED_VALUE_BYTES_MAX = VALUE_BYTES_MAX - 10;

  public static final int COMPARES_MAX = 1_024;
  public static final int MUTATIONS_MAX = 10_000;

  /// Compares by value, whose digest the server computes.
  public static final int VALUE_COMPARES_MAX = 32;

  /// Mutations of sets and of intervals.
  public static final int COLLECTION_MUTATIONS_MAX = 1_000;

  /// A set or a union of intervals, as it is stored.
  public static final int COLLECTION_BYTES_MAX = 64 << 10;

  public static final int SET_MEMBER_BYTES_MAX = 1_024;

  /// Ten years of 365 days.
  public static final Duration TTL_MAX = Duration.ofDays(3_650);

  /// Of keys and values together: a request is at most 4 MiB on the wire, framing and names
  /// included.
  public static final int TRANSACTION_BYTES_MAX = 3 << 20;

  /// Of one call to one shard group; larger reads are split.
  public static final int READ_KEYS_MAX = 1_024;

  private RequestLimits() {}

  static void checkNamespace(String namespace) {
    boolean shape =
        !namespace.isEmpty()
            && namespace.length() <= NAMESPACE_BYTES_MAX
            && namespace.chars().allMatch(RequestLimits::isNamespaceCharacter)
            && "._-".indexOf(namespace.charAt(0)) < 0;
    if (!shape) {
      throw new IllegalArgumentException(
          "a namespace is 1.."
              + NAMESPACE_BYTES_MAX
              + " of [a-z0-9._-] and starts with a letter or digit: namespace=\""
              + namespace
              + "\"");
    }
  }

  private static boolean isNamespaceCharacter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || "._-".indexOf(c) >= 0;
  }

  static void checkKey(Bytes key) {
    if (key.isEmpty() || key.length() > KEY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a key is 1.." + KEY_BYTES_MAX + " bytes: bytes=" + key.length() + " key=" + key);
    }
  }

  static void checkValue(Bytes key, Bytes value, int limit) {
    if (value.length() > limit) {
      throw new IllegalArgumentException(
          "a value is at most "
              + limit
              + " bytes: bytes="
              + value.length()
              + " key="
              + key
              + "; store large objects elsewhere and their location here");
    }
  }

  static void checkCollection(Bytes key, int elements, long bytes) {
    if (elements == 0 || bytes > COLLECTION_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a set or intervals to add or remove are at least one, and at most "
              + COLLECTION_BYTES_MAX
              + " bytes as stored: elements="
              + elements
              + " bytes="
              + bytes
              + " key="
              + key);
    }
  }

  static void checkMember(Bytes key, Bytes member) {
    if (member.isEmpty() || member.length() > SET_MEMBER_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a member of a set is 1.."
              + SET_MEMBER_BYTES_MAX
              + " bytes: bytes="
              + member.length()
              + " key="
              + key);
    }
  }

  static void checkCount(String what, int limit, int actual) {
    if (actual > limit) {
      throw new IllegalArgumentException(
          "a transaction has at most "
              + limit
              + " "
              + what
              + ": "
              + what
              + "="
              + actual
              + "; use several transactions");
    }
  }
}
