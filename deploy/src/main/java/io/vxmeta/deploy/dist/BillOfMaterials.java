package io.vxmeta.deploy.dist;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.Stream;

/// Completes the CycloneDX bill of materials that Maven writes: below each jar stands what it
/// shades.
public final class BillOfMaterials {
  /* Invariant: the bill names every jar of the distribution, and no jar that is not there; else it is refused, because it is of
   *   another build. Nothing of it depends on when or where it was made. */

  private static final String COMPONENTS = "components";

  private BillOfMaterials() {}

  /// Completes one bill.
  ///
  /// @param arguments Maven's bill, the folder of jars, and where the complete one goes
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      System.err.println("usage: BillOfMaterials BILL JARS OUTPUT");
      System.exit(2);
    }
    JsonObject bill =
        JsonParser.parseString(Files.readString(Path.of(arguments[0]))).getAsJsonObject();
    List<Path> jars;
    try (Stream<Path> files = Files.list(Path.of(arguments[1]))) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
    int shaded = complete(bill, jars);
    String text = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(bill);
    Path _ = Files.writeString(Path.of(arguments[2]), text + "\n");
    System.out.println("dist: bill of materials: jars=" + jars.size() + " shaded=" + shaded);
  }

  /// Returns how many shaded parts it added.
  static int complete(JsonObject bill, List<Path> jars) throws IOException {
    bill.remove("serialNumber");
    Map<String, JsonObject> byFile = byFile(bill);
    List<String> strangers = new ArrayList<>();
    int shaded = 0;
    for (Path jar : jars) {
      JsonObject component = byFile.remove(String.valueOf(jar.getFileName()));
      if (component == null) {
        strangers.add(String.valueOf(jar.getFileName()));
        continue;
      }
      SortedSet<ShadedParts.Part> parts = ShadedParts.of(jar);
      if (!parts.isEmpty()) {
        component.add(COMPONENTS, components(parts));
        shaded += parts.size();
      }
    }
    if (!strangers.isEmpty() || !byFile.isEmpty()) {
      throw new IOException(
          "expected a bill of these jars; not-in-bill="
              + strangers
              + " not-there="
              + byFile.keySet()
              + "; build anew");
    }
    return shaded;
  }

  private static Map<String, JsonObject> byFile(JsonObject bill) {
    Map<String, JsonObject> byFile = new HashMap<>();
    for (JsonElement each : bill.getAsJsonArray(COMPONENTS)) {
      byFile.put(fileOf(each.getAsJsonObject()), each.getAsJsonObject());
    }
    JsonObject own = bill.getAsJsonObject("metadata").getAsJsonObject("component");
    byFile.put(fileOf(own), own);
    return byFile;
  }

  /// Maven's name for the jar, with a classifier if it has one.
  private static String fileOf(JsonObject component) {
    String purl = component.has("purl") ? component.get("purl").getAsString() : "";
    String classifier = purl.replaceFirst("^.*[?&]classifier=([^&]+).*$", "-$1");
    return component.get("name").getAsString()
        + "-"
        + component.get("version").getAsString()
        + (classifier.equals(purl) ? "" : classifier)
        + ".jar";
  }

  private static JsonArray components(SortedSet<ShadedParts.Part> parts) {
    JsonArray components = new JsonArray();
    for (ShadedParts.Part part : parts) {
      JsonObject component = new JsonObject();
      component.addProperty("type", "library");
      component.addProperty("group", part.group());
      component.addProperty("name", part.name());
      component.addProperty("version", part.version());
      component.addProperty("purl", part.purl());
      components.add(component);
    }
    return components;
  }
}
