package io.vxmeta.deploy.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// Documents of YAML, and ways into them that fail with the place that is missing.
record YamlFile(List<Object> documents) {
  static YamlFile of(String text) {
    List<Object> documents = new ArrayList<>();
    new Load(LoadSettings.builder().build()).loadAllFromString(text).forEach(documents::add);
    return new YamlFile(documents);
  }

  static YamlFile of(Path file) throws IOException {
    return of(Files.readString(file));
  }

  /// The value under keys of mappings and indexes of lists, in the only document.
  Object at(Object... steps) {
    return in(documents.getFirst(), steps);
  }

  /// The only one of that kind, as Kubernetes has it.
  Object ofKind(String kind) {
    List<Object> found = documents.stream().filter(each -> in(each, "kind").equals(kind)).toList();
    if (found.size() != 1) {
      throw new AssertionError("expected one " + kind + ", found " + found.size());
    }
    return found.getFirst();
  }

  static Object in(Object from, Object... steps) {
    Object here = from;
    for (Object step : steps) {
      @Nullable Object next =
          switch (here) {
            case Map<?, ?> mapping -> mapping.get(step);
            case List<?> list when step instanceof Integer index && index < list.size() ->
                list.get(index);
            default -> null;
          };
      if (next == null) {
        throw new AssertionError("nothing at " + step + " of " + here);
      }
      here = next;
    }
    return here;
  }
}
