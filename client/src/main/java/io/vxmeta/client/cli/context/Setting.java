package io.vxmeta.client.cli.context;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A flag that may also come from the environment or from a context.
public enum Setting {
  ENDPOINTS("endpoints"),
  TLS_CA("tls-ca"),
  TLS_CERT("tls-cert"),
  TLS_KEY("tls-key"),
  TIMEOUT("timeout"),
  NAMESPACE("namespace"),
  CONSISTENCY("consistency"),
  OUTPUT("output");

  private final String key;

  Setting(String key) {
    this.key = key;
  }

  /// Its name in a context; the flag is the same behind two dashes.
  public String key() {
    return key;
  }

  /// Its name in the environment.
  public String variable() {
    return "VXCTL_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  public static Optional<Setting> ofKey(String key) {
    return Arrays.stream(values()).filter(setting -> setting.key.equals(key)).findFirst();
  }

  /// Every name that a context may hold.
  public static List<String> keys() {
    return Arrays.stream(values()).map(Setting::key).toList();
  }
}
