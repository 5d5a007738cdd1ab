package io.vxmeta.client.cli;

import io.vxmeta.client.cli.context.Setting;
import io.vxmeta.client.cli.context.Settings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Gives flags that are not on the command line what the environment or a context says.
///
/// Only flags with the mark are meant: a benchmark may have a --consistency of its own.
record SettingDefaults(Map<Setting, String> values) implements IDefaultValueProvider {

  /// The `descriptionKey` of flags that are settings.
  static final String MARK = "setting";

  static final String CONTEXT_FLAG = "--context";

  SettingDefaults {
    values = Map.copyOf(values);
  }

  /// For a command; the file of contexts is not looked at for one without settings.
  static SettingDefaults of(CommandSpec command, Settings settings) {
    return new SettingDefaults(
        command.options().stream().anyMatch(SettingDefaults::isSetting)
            ? settings.values()
            : Map.of());
  }

  static boolean isSetting(OptionSpec option) {
    return MARK.equals(option.descriptionKey());
  }

  /// The context that is named among the arguments.
  static Optional<String> context(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.equals("--")) {
        break;
      }
      if (argument.startsWith(CONTEXT_FLAG + "=")) {
        return Optional.of(argument.substring(CONTEXT_FLAG.length() + 1));
      }
      if (argument.equals(CONTEXT_FLAG) && i + 1 < arguments.size()) {
        return Optional.of(arguments.get(i + 1));
      }
    }
    return Optional.empty();
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || !isSetting(option)) {
      return null;
    }
    return Setting.ofKey(option.longestName().substring(2)).map(values::get).orElse(null);
  }
}
