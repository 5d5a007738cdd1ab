package io.vxmeta.client.cli.doctor;

/// What one check came to.
///
/// @param fact what was seen
/// @param remedy what to do about it; empty when all is well
public record Finding(String check, Grade grade, String fact, String remedy) {

  /// How well it is, the best first.
  public enum Grade {
    ok,
    warn,
    fail
  }

  static Finding ok(String check, String fact) {
    return new Finding(check, Grade.ok, fact, "");
  }

  static Finding warn(String check, String fact, String remedy) {
    return new Finding(check, Grade.warn, fact, remedy);
  }

  static Finding fail(String check, String fact, String remedy) {
    return new Finding(check, Grade.fail, fact, remedy);
  }
}
