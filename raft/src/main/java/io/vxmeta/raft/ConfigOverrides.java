package io.vxmeta.raft;

import io.vxmeta.raft.NodeConfig.ConfigInvalid;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What the environment and the command line say of a node's settings: a flag goes before a
/// variable, and both before the file.
public final class ConfigOverrides {
  /// What says nothing.
  public static final ConfigOverrides NONE = new ConfigOverrides(Map.of());

  /// Names the file, if no flag does.
  static final String FILE = "VXMETA_CONFIG";

  /// Variables that others than the configuration read: the log, the start script.
  static final Set<String> NO_SETTINGS =
      Set.of(FILE, "VXMETA_LOG", "VXMETA_RATIS_LOG", "VXMETA_JAVA_OPTS", "VXMETA_AOT");

  private final Map<ConfigOption, Given> values;

  /// One value.
  ///
  /// @param from the variable or flag that gave it
  record Given(String value, String from) {}

  private ConfigOverrides(Map<ConfigOption, Given> values) {
    this.values = Map.copyOf(values);
  }

  /// Of the environment alone.
  ///
  /// @param variables what does not begin as ours do is left alone
  public static ConfigOverrides of(Map<String, String> variables) {
    return of(variables, List.of());
  }

  /// @param flags `--key value` or `--key=value`, each
  static ConfigOverrides of(Map<String, String> variables, List<String> flags) {
    Map<ConfigOption, Given> values = new EnumMap<>(ConfigOption.class);
    new TreeMap<>(variables)
        .forEach((name, value) -> {
          if (name.startsWith(ConfigOption.ENVIRONMENT) && !NO_SETTINGS.contains(name)) {
            ConfigOption option = ofVariable(name);
            values.put(option, given(option, value, name));
          }
        });
    for (int at = 0; at < flags.size(); at++) {
      String flag = flags.get(at);
      int equals = flag.indexOf('=');
      String name = equals < 0 ? flag : flag.substring(0, equals);
      ConfigOption option = ofFlag(name);
      if (equals < 0 && (++at == flags.size() || flags.get(at).startsWith("--"))) {
        throw new ConfigInvalid(option, "nothing").from(name);
      }
      String value = equals < 0 ? flags.get(at) : flag.substring(equals + 1);
      values.put(option, given(option, value, name));
    }
    return new ConfigOverrides(values);
  }

  /// An empty one is somebody's unset variable, and no path or name.
  private static Given given(ConfigOption option, String value, String from) {
    if (value.isEmpty()) {
      throw new ConfigInvalid(option, "nothing").from(from);
    }
    return new Given(value, from);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  Optional<Given> of(ConfigOption option) {
    return Optional.ofNullable(values.get(option));
  }

  /// Its value is not told: it may be the secret of somebody else's wrapper.
  private static ConfigOption ofVariable(String name) {
    return ConfigOption.single().stream()
        .filter(option -> option.variable().equals(name))
        .findFirst()
        .orElseThrow(() ->
            unknown(
                name,
                ConfigOption.single().stream().map(ConfigOption::variable).toList(),
                "of a variable"));
  }

  private static ConfigOption ofFlag(String flag) {
    return ConfigOption.single().stream()
        .filter(option -> option.flag().equals(flag))
        .findFirst()
        .orElseThrow(() ->
            unknown(
                flag,
                ConfigOption.single().stream().map(ConfigOption::flag).toList(),
                "of a flag"));
  }

  static ConfigInvalid unknown(String name, List<String> known, String value) {
    return new ConfigInvalid(
        name,
        "a known setting, the nearest is "
            + NearestName.to(name, known)
            + " (vxmeta config print-defaults shows all)",
        value);
  }
}
