package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.cli.context.ContextFile;
import io.vxmeta.client.cli.context.Setting;
import io.vxmeta.client.cli.context.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Contexts: the clusters somebody works with, by name.
@Command(
    name = "config",
    description =
        "Contexts: clusters by name, each with the flags to reach it. A flag is taken from the"
            + " command line, else from $VXCTL_ENDPOINTS and so on, else from the context, else it"
            + " has its default. The file is $VXCTL_CONFIG, else vxctl/config.yaml below"
            + " $XDG_CONFIG_HOME or ~/.config.",
    mixinStandardHelpOptions = true)
final class ConfigCommand {

  private final Streams streams;
  private final Settings settings;

  ConfigCommand(Streams streams, Settings settings) {
    this.streams = streams;
    this.settings = settings;
  }

  private Path file() {
    return settings
        .file()
        .orElseThrow(() ->
            CommandFailed.usage(
                "nobody knows where your configuration is: HOME is not set; set it, or VXCTL_CONFIG"
                    + " to a file"));
  }

  @Command(
      name = "get-contexts",
      description = "All contexts; * marks the current one.",
      mixinStandardHelpOptions = true)
  int contexts(@Mixin Output output) {
    ContextFile contexts = ContextFile.read(file());
    TextTable table =
        new TextTable("NAME", "CURRENT", "ENDPOINTS", "NAMESPACE")
            .wide("TIMEOUT", "CONSISTENCY", "OUTPUT", "TLS-CA");
    contexts
        .contexts()
        .forEach((name, values) ->
            table.row(
                name,
                name.equals(contexts.current()) ? "*" : "-",
                values.getOrDefault(Setting.ENDPOINTS, "-"),
                values.getOrDefault(Setting.NAMESPACE, "-"),
                values.getOrDefault(Setting.TIMEOUT, "-"),
                values.getOrDefault(Setting.CONSISTENCY, "-"),
                values.getOrDefault(Setting.OUTPUT, "-"),
                values.getOrDefault(Setting.TLS_CA, "-")));
    output.print(streams, Listing.of("context", json -> write(json, contexts)).table(table));
    return ExitCode.OK;
  }

  private static void write(JsonWriter json, ContextFile contexts) throws IOException {
    json.beginArray();
    for (Map.Entry<String, Map<Setting, String>> context : contexts.contexts().entrySet()) {
      json.beginObject().name("name").value(context.getKey());
      json.name("current").value(context.getKey().equals(contexts.current()));
      for (Setting setting : Setting.values()) {
        String value = context.getValue().get(setting);
        if (value != null) {
          json.name(setting.key()).value(value);
        }
      }
      json.endObject();
    }
    json.endArray();
  }

  @Command(
      name = "use-context",
      description = "Makes a context the current one.",
      mixinStandardHelpOptions = true)
  int use(@Parameters(paramLabel = "CONTEXT", description = "Its name.") String name) {
    existing(name).using(name).write(file());
    streams.err().println("vxctl: using context " + name);
    return ExitCode.OK;
  }

  private ContextFile existing(String name) {
    ContextFile contexts = ContextFile.read(file());
    if (!contexts.contexts().containsKey(name)) {
      throw new Settings.NoSuchContext(name, contexts, file().toString());
    }
    return contexts;
  }

  /// What a context may be told.
  static final class Given {
    @Option(
        names = "--endpoints",
        paramLabel = "HOST:PORT,...",
        description = "Any nodes of the cluster.")
    private @Nullable String endpoints;

    @Option(names = "--tls-ca", paramLabel = "FILE", description = "The authority to trust (PEM).")
    private @Nullable String authority;

    @Option(
        names = "--tls-cert",
        paramLabel = "FILE",
        description = "The client's certificate (PEM).")
    private @Nullable String certificate;

    @Option(
        names = "--tls-key",
        paramLabel = "FILE",
        description = "The client's private key (PEM).")
    private @Nullable String key;

    @Option(
        names = "--timeout",
        paramLabel = "DURATION",
        description = "How long to try: 500ms, 5s, 2m.")
    private @Nullable String timeout;

    @Option(
        names = {"-n", "--namespace"},
        paramLabel = "NAME",
        description = "Namespace of the keys.")
    private @Nullable String namespace;

    @Option(
        names = "--consistency",
        paramLabel = "LEVEL",
        description = "linearizable, local, or bounded:DURATION.")
    private @Nullable String consistency;

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FORMAT",
        description = "table, wide, json, yaml, name or jsonl.")
    private @Nullable String output;

    Map<Setting, String> changes() {
      Map<Setting, String> changes = new EnumMap<>(Setting.class);
      for (Setting setting : Setting.values()) {
        String value = value(setting);
        if (value != null) {
          changes.put(setting, value);
        }
      }
      return changes;
    }

    private @Nullable String value(Setting setting) {
      return switch (setting) {
        case ENDPOINTS -> endpoints;
        case TLS_CA -> authority;
        case TLS_CERT -> certificate;
        case TLS_KEY -> key;
        case TIMEOUT -> timeout;
        case NAMESPACE -> namespace;
        case CONSISTENCY -> consistency;
        case OUTPUT -> output;
      };
    }
  }

  @Command(
      name = "set-context",
      description =
          "Makes a context or changes what is given of it; the first one is the current one. An"
              + " empty value takes a setting away.",
      mixinStandardHelpOptions = true)
  int set(
      @Parameters(paramLabel = "CONTEXT", description = "Its name.") String name,
      @Mixin Given given) {
    if (name.isBlank()) {
      throw CommandFailed.usage("a context has a name: context=" + name + "; choose one");
    }
    ContextFile contexts = ContextFile.read(file());
    Map<Setting, String> values = new EnumMap<>(Setting.class);
    values.putAll(contexts.contexts().getOrDefault(name, Map.of()));
    given.changes().forEach((setting, value) -> change(values, setting, value));
    ContextFile changed = contexts.with(name, values);
    (changed.current().isEmpty() ? changed.using(name) : changed).write(file());
    streams.err().println("vxctl: stored context " + name + " in " + file());
    return ExitCode.OK;
  }

  private static void change(Map<Setting, String> values, Setting setting, String given) {
    if (given.isEmpty()) {
      values.remove(setting);
      return;
    }
    values.put(setting, checked(setting, given));
  }

  /// Refuses what the flag of that name would refuse later.
  private static String checked(Setting setting, String given) {
    switch (setting) {
      case ENDPOINTS -> ClientConfig.of(given);
      case TIMEOUT -> Connection.duration("--timeout", given);
      case CONSISTENCY -> ReadConsistency.parse(given);
      case OUTPUT -> {
        List<String> known =
            Arrays.stream(Output.Format.values()).map(Output.Format::name).toList();
        if (!known.contains(given)) {
          throw CommandFailed.usage(
              "no such output format: --output=" + given + "; known formats: " + known);
        }
      }
      case TLS_CA, TLS_CERT, TLS_KEY -> {
        return Path.of(given).toAbsolutePath().toString();
      }
      case NAMESPACE -> {}
    }
    return given;
  }

  @Command(
      name = "delete-context",
      description = "Forgets a context.",
      mixinStandardHelpOptions = true)
  int delete(@Parameters(paramLabel = "CONTEXT", description = "Its name.") String name) {
    existing(name).without(name).write(file());
    streams.err().println("vxctl: forgot context " + name);
    return ExitCode.OK;
  }

  @Command(
      name = "view",
      description = "The configuration, as its file holds it.",
      mixinStandardHelpOptions = true)
  int view(@Mixin Output output) {
    ContextFile contexts = ContextFile.read(file());
    output.print(
        streams,
        Listing.of("context", json -> view(json, contexts))
            .rowsAt("contexts")
            .named(List.copyOf(contexts.contexts().keySet()))
            .line(contexts.toYaml().stripTrailing()));
    return ExitCode.OK;
  }

  private static void view(JsonWriter json, ContextFile contexts) throws IOException {
    json.beginObject().name("current_context").value(contexts.current()).name("contexts");
    write(json, contexts);
    json.endObject();
  }
}
