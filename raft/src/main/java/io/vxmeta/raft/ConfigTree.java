package io.vxmeta.raft;

import io.vxmeta.raft.ConfigOverrides.Given;
import io.vxmeta.raft.NodeConfig.ConfigInvalid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// The values that a node's options have, from the file or over it; an unknown key is refused.
final class ConfigTree {
  private static final String ITEM = "nodes[].";

  /// An empty one is refused: who names it wants it on.
  private static final String TLS = "tls.";

  private final Map<ConfigOption, @Nullable Object> fromFile;
  private final ConfigOverrides overrides;

  private ConfigTree(Map<ConfigOption, @Nullable Object> fromFile, ConfigOverrides overrides) {
    this.fromFile = fromFile;
    this.overrides = overrides;
  }

  /// @param yaml the file's text
  static ConfigTree of(String yaml, ConfigOverrides overrides) {
    return new ConfigTree(flat("", "--config", load(yaml, "--config")), overrides);
  }

  private static @Nullable Object load(String yaml, String key) {
    try {
      return new Load(LoadSettings.builder().setLabel("configuration").build())
          .loadFromString(yaml);
    } catch (YamlEngineException e) {
      throw new ConfigInvalid(key, "valid YAML", String.valueOf(e.getMessage()).replace('\n', ' '));
    }
  }

  /// The options of a mapping and of those inside it; one that is named and has no value is null.
  private static Map<ConfigOption, @Nullable Object> flat(
      String path, String name, @Nullable Object document) {
    if (!(document instanceof Map<?, ?> mapping)
        || (mapping.isEmpty() && (path.isEmpty() || path.equals(TLS)))) {
      throw new ConfigInvalid(
          name, "a mapping with at least one setting", String.valueOf(document));
    }
    Map<ConfigOption, @Nullable Object> values = new EnumMap<>(ConfigOption.class);
    mapping.forEach((each, value) -> {
      String key = path + each;
      Optional<ConfigOption> option = ConfigOption.ofKey(key);
      boolean isPath = String.valueOf(each).indexOf('.') >= 0;
      if (isPath || (option.isEmpty() && !isSection(key))) {
        throw ConfigOverrides.unknown(key, keysIn(path), String.valueOf(value));
      }
      if (option.isPresent()) {
        values.put(option.get(), value);
      } else if (value != null) {
        values.putAll(flat(key + ".", key, value));
      }
    });
    return values;
  }

  private static boolean isSection(String key) {
    return Arrays.stream(ConfigOption.values())
        .anyMatch(option -> option.section().filter(key::equals).isPresent());
  }

  private static List<String> keysIn(String path) {
    return Arrays.stream(ConfigOption.values())
        .filter(option -> option.isOfItem() == path.equals(ITEM))
        .map(ConfigOption::key)
        .toList();
  }

  <T> T required(ConfigOption option, Function<String, T> parse) {
    return optional(option, parse)
        .orElseThrow(() ->
            new ConfigInvalid(option.key(), option.shape() + " (this key is required)", "nothing"));
  }

  <T> Optional<T> optional(ConfigOption option, Function<String, T> parse) {
    Object value = overrides.of(option).<Object>map(Given::value).orElse(fromFile.get(option));
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof Map || value instanceof List) {
      throw new ConfigInvalid(option, String.valueOf(value));
    }
    try {
      return Optional.of(parse.apply(String.valueOf(value)));
    } catch (IllegalArgumentException e) {
      throw new ConfigInvalid(option, String.valueOf(value));
    }
  }

  /// Whether something, the file or what goes over it, sets an option of this section.
  boolean says(String section) {
    return Arrays.stream(ConfigOption.values())
        .filter(option -> option.section().filter(section::equals).isPresent())
        .anyMatch(option -> fromFile.containsKey(option) || overrides.of(option).isPresent());
  }

  /// The members; a variable or a flag says them in YAML.
  List<ConfigTree> nodes() {
    Object value =
        overrides
            .of(ConfigOption.NODES)
            .map(over -> load(over.value(), ConfigOption.NODES.key()))
            .orElse(fromFile.get(ConfigOption.NODES));
    if (!(value instanceof List<?> list)) {
      throw new ConfigInvalid(ConfigOption.NODES, value == null ? "nothing" : value.toString());
    }
    List<ConfigTree> nodes = new ArrayList<>();
    for (Object item : list) {
      nodes.add(new ConfigTree(flat(ITEM, ITEM, item), ConfigOverrides.NONE));
    }
    return nodes;
  }

  /// The same refusal; if the value is not the file's, it says whose.
  ConfigInvalid traced(ConfigInvalid refusal) {
    return ConfigOption.ofKey(refusal.key())
        .flatMap(overrides::of)
        .map(over -> refusal.from(over.from()))
        .orElse(refusal);
  }
}
