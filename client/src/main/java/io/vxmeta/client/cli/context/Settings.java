package io.vxmeta.client.cli.context;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// What flags are worth that nobody gave: by the environment, else by a context.
///
/// @param variables the environment's
/// @param context named by a flag; empty = the environment's, else the file's current one
public record Settings(Map<String, String> variables, Optional<String> context) {

  /// The variable that chooses a context.
  public static final String CONTEXT = "VXCTL_CONTEXT";

  private static final String FILE = "VXCTL_CONFIG";

  public Settings {
    variables = Map.copyOf(variables);
  }

  /// The name of a context that is in no file.
  public static final class NoSuchContext extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public NoSuchContext(String name, ContextFile contexts, String file) {
      super(
          "no such context: context="
              + name
              + " file="
              + file
              + " contexts="
              + contexts.contexts().keySet()
              + Nearest.question(name, contexts.contexts().keySet())
              + "; vxctl config set-context makes one");
    }
  }

  /// Where contexts are: `VXCTL_CONFIG`, else below `XDG_CONFIG_HOME`, else below `~/.config`.
  public Optional<Path> file() {
    Optional<Path> home = variable("HOME").map(name -> Path.of(name, ".config"));
    Optional<Path> folder =
        variable("XDG_CONFIG_HOME").map(Path::of).filter(Path::isAbsolute).or(() -> home);
    return variable(FILE)
        .map(Path::of)
        .or(() -> folder.map(each -> each.resolve("vxctl").resolve("config.yaml")));
  }

  /// Those that have a value.
  public Map<Setting, String> values() {
    Map<Setting, String> values = new EnumMap<>(Setting.class);
    values.putAll(ofContext());
    for (Setting setting : Setting.values()) {
      variable(setting.variable()).ifPresent(value -> values.put(setting, value));
    }
    return values;
  }

  private Map<Setting, String> ofContext() {
    ContextFile contexts = file().map(ContextFile::read).orElse(ContextFile.EMPTY);
    String name = context.or(() -> variable(CONTEXT)).orElse(contexts.current());
    if (name.isEmpty()) {
      return Map.of();
    }
    Map<Setting, String> found = contexts.contexts().get(name);
    if (found == null) {
      throw new NoSuchContext(
          name, contexts, file().map(Path::toString).orElse("(none, for lack of HOME)"));
    }
    return found;
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
  }
}
