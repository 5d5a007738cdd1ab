package io.vxmeta.client;

/// What a server accepts; checked here first, so that a mistake costs no round trip.
public final class RequestLimits {

  public static final int NAMESPACE_BYTES_MAX = 64;
  public static final int KEY_BYTES_MAX = 4_096;
  public static final int VALUE_BYTES_MAX = 1 << 20;
  public static final int COMPARES_MAX = 1_024;
  public static final int MUTATIONS_MAX = 10_000;

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

  static void checkValue(Bytes key, Bytes value) {
    if (value.length() > VALUE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a value is at most "
              + VALUE_BYTES_MAX
              + " bytes: bytes="
              + value.length()
              + " key="
              + key
              + "; store large objects elsewhere and their location here");
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
