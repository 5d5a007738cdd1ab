package io.vxmeta.client.cli.context;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// The clusters somebody works with, by name, as their file holds them.
///
/// @param current the one that is used when nobody says another; empty = none
public record ContextFile(String current, Map<String, Map<Setting, String>> contexts) {
  /* The file is replaced in one step, for its owner's eyes only: the new one is complete and synced before it takes the old
   * one's name. Two that write at once: the later one wins, neither is torn. */

  private static final String CURRENT = "current-context";
  private static final String CONTEXTS = "contexts";
  private static final List<String> KEYS = List.of(CURRENT, CONTEXTS);
  private static final int BYTES_MAX = 1 << 20;
  private static final String OWNER_ONLY = "rw-------";
  private static final String OWNER_ONLY_FOLDER = "rwx------";

  /// No contexts.
  public static final ContextFile EMPTY = new ContextFile("", Map.of());

  public ContextFile {
    Map<String, Map<Setting, String>> sorted = new TreeMap<>();
    contexts.forEach((name, settings) -> sorted.put(name, Map.copyOf(settings)));
    contexts = Collections.unmodifiableMap(sorted);
  }

  /// The file says something that is not understood.
  public static final class Invalid extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    Invalid(Path file, String what) {
      super("cannot understand the configuration: file=" + file + " " + what);
    }
  }

  /// Empty when there is no such file.
  public static ContextFile read(Path file) {
    try {
      if (Files.size(file) > BYTES_MAX) {
        throw new Invalid(file, "bytes=" + Files.size(file) + "; at most 1 MiB");
      }
      return parse(file, Files.readString(file));
    } catch (NoSuchFileException none) {
      return EMPTY;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(
          "cannot read the configuration: file="
              + file
              + " cause="
              + unreadable
              + "; check its permissions, or name another file in VXCTL_CONFIG",
          unreadable);
    }
  }

  private static ContextFile parse(Path file, String text) {
    Object document;
    try {
      document = new Load(LoadSettings.builder().build()).loadFromString(text);
    } catch (YamlEngineException malformed) {
      throw new Invalid(
          file,
          "cause="
              + String.valueOf(malformed.getMessage()).replaceAll("\\s*\\R\\s*", " ")
              + "; it must be YAML");
    }
    if (document == null) {
      return EMPTY;
    }
    Map<?, ?> top = map(file, "the file", document);
    checkKeys(file, "", top.keySet(), KEYS);
    Map<String, Map<Setting, String>> contexts = new TreeMap<>();
    if (top.get(CONTEXTS) != null) {
      map(file, CONTEXTS, top.get(CONTEXTS))
          .forEach((name, settings) ->
              contexts.put(String.valueOf(name), settings(file, CONTEXTS + "." + name, settings)));
    }
    return new ContextFile(
        top.get(CURRENT) == null ? "" : String.valueOf(top.get(CURRENT)), contexts);
  }

  private static Map<Setting, String> settings(Path file, String where, @Nullable Object value) {
    Map<Setting, String> settings = new EnumMap<>(Setting.class);
    if (value == null) {
      return settings;
    }
    Map<?, ?> given = map(file, where, value);
    checkKeys(file, where + ".", given.keySet(), Setting.keys());
    given.forEach((key, text) -> {
      if (text instanceof Map || text instanceof Collection || text == null) {
        throw new Invalid(file, "key=" + where + "." + key + "; a text is expected");
      }
      settings.put(Setting.ofKey(String.valueOf(key)).orElseThrow(), String.valueOf(text));
    });
    return settings;
  }

  private static Map<?, ?> map(Path file, String where, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new Invalid(file, "key=" + where + "; keys and values are expected");
  }

  private static void checkKeys(Path file, String where, Set<?> given, List<String> known) {
    for (Object key : given) {
      String name = String.valueOf(key);
      if (!known.contains(name)) {
        throw new Invalid(
            file,
            "unknown-key="
                + where
                + name
                + Nearest.question(name, known)
                + "; known keys: "
                + String.join(", ", known));
      }
    }
  }

  /// The same with a context added or replaced.
  public ContextFile with(String name, Map<Setting, String> settings) {
    Map<String, Map<Setting, String>> all = new TreeMap<>(contexts);
    all.put(name, settings);
    return new ContextFile(current, all);
  }

  /// The same without a context; it is no longer the current one either.
  public ContextFile without(String name) {
    Map<String, Map<Setting, String>> all = new TreeMap<>(contexts);
    all.remove(name);
    return new ContextFile(current.equals(name) ? "" : current, all);
  }

  public ContextFile using(String name) {
    return new ContextFile(name, contexts);
  }

  /// As the file holds it.
  public String toYaml() {
    Map<String, Object> top = new LinkedHashMap<>();
    if (!current.isEmpty()) {
      top.put(CURRENT, current);
    }
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    contexts.forEach((name, settings) -> {
      Map<String, String> context = new LinkedHashMap<>();
      for (Setting setting : Setting.values()) {
        String value = settings.get(setting);
        if (value != null) {
          context.put(setting.key(), value);
        }
      }
      all.put(name, context);
    });
    top.put(CONTEXTS, all);
    return new Dump(DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build())
        .dumpToString(top);
  }

  /// Replaces the file, following links.
  public void write(Path file) {
    try {
      Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
      Path folder = target.getParent() == null ? Path.of(".") : target.getParent();
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(
            folder,
            PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString(OWNER_ONLY_FOLDER)));
      }
      Path next =
          Files.createTempFile(
              folder,
              "." + target.getFileName(),
              ".new",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY)));
      try {
        synced(next, toYaml().getBytes(StandardCharsets.UTF_8));
        Files.move(
            next, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(next);
      }
    } catch (IOException refused) {
      throw new UncheckedIOException(
          "cannot write the configuration: file="
              + file
              + " cause="
              + refused
              + "; check the folder's permissions, or name another file in VXCTL_CONFIG",
          refused);
    }
  }

  private static void synced(Path file, byte[] bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) {
        channel.write(left);
      }
      channel.force(true);
    }
  }
}
