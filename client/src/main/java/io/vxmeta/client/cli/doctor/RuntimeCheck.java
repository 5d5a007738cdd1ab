package io.vxmeta.client.cli.doctor;

/// Looks at the JDK.
public final class RuntimeCheck {

  private static final int FEATURE_MIN = 25;

  /// The first update of 25 that does not lose wake-ups of virtual threads (JDK-8369227).
  private static final int UPDATE_MIN = 3;

  private RuntimeCheck() {}

  public static Finding of(Runtime.Version version) {
    String check = "jdk";
    String fact = "JDK " + version;
    if (version.feature() < FEATURE_MIN) {
      return Finding.fail(check, fact, "nodes need JDK 25 or later: install it and set JAVA_HOME");
    }
    return version.feature() == FEATURE_MIN && version.update() < UPDATE_MIN
        ? Finding.warn(
            check, fact, "take 25.0.3 or later: this one loses wake-ups of threads (JDK-8369227)")
        : Finding.ok(check, fact);
  }
}
