package io.vxmeta.deploy.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The bill names what is inside shaded jars, and is of these jars.
final class BillOfMaterialsTest {
  @TempDir private Path folder;

  private static JsonObject bill(String... components) {
    return JsonParser.parseString(
            """
            {"serialNumber": "urn:uuid:1", "metadata": {"component": %s}, "components": [%s]}
            """
                .formatted(component("own", "1"), String.join(",", components)))
        .getAsJsonObject();
  }

  private static String component(String name, String version) {
    return "{\"name\": \"%1$s\", \"version\": \"%2$s\", \"purl\": \"pkg:maven/g/%1$s@%2$s?type=jar\"}"
        .formatted(name, version);
  }

  private static String pom(String group, String name, String version) {
    return "groupId=" + group + "\nartifactId=" + name + "\nversion=" + version + "\n";
  }

  private Path jar(String name, Map<String, String> entries) throws IOException {
    Path file = folder.resolve(name);
    try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, String> entry : entries.entrySet()) {
        jar.putNextEntry(new JarEntry(entry.getKey()));
        jar.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
        jar.closeEntry();
      }
    }
    return file;
  }

  @Test
  void whatAJarShadesStandsBelowIt() throws IOException {
    Path own =
        jar("own-1.jar", Map.of("META-INF/maven/g/own/pom.properties", pom("g", "own", "1")));
    Path fat =
        jar(
            "fat-2.jar",
            Map.of(
                "META-INF/maven/g/fat/pom.properties",
                pom("g", "fat", "2"),
                "META-INF/maven/h/thin/pom.properties",
                pom("h", "thin", "3"),
                "META-INF/a.b.io.netty.versions.properties",
                "netty-codec.version=4.1\n",
                "META-INF/DEPENDENCIES",
                "  - X (http://x) i:other:jar:5\n"));
    JsonObject bill = bill(component("fat", "2"));
    assertEquals(2, BillOfMaterials.complete(bill, List.of(own, fat)));
    JsonArray inside =
        bill.getAsJsonArray("components").get(0).getAsJsonObject().getAsJsonArray("components");
    assertEquals(
        List.of("pkg:maven/h/thin@3?type=jar", "pkg:maven/io.netty/netty-codec@4.1?type=jar"),
        inside.asList().stream()
            .map(each -> each.getAsJsonObject().get("purl").getAsString())
            .sorted()
            .toList());
    assertFalse(bill.has("serialNumber"), "nothing of a bill is of one build only");
  }

  @Test
  void aBillOfOtherJarsIsRefused() throws IOException {
    Path own = jar("own-1.jar", Map.of("x", "y"));
    Path newer = jar("fat-3.jar", Map.of("x", "y"));
    IOException refused =
        assertThrows(
            IOException.class,
            () -> BillOfMaterials.complete(bill(component("fat", "2")), List.of(own, newer)));
    assertTrue(String.valueOf(refused.getMessage()).contains("fat-3.jar"), refused::getMessage);
    assertTrue(String.valueOf(refused.getMessage()).contains("fat-2.jar"), refused::getMessage);
  }

  @Test
  void everythingThatRatisCarriesInsideIsFound()
      throws IOException, URISyntaxException, ClassNotFoundException {
    Class<?> inside = Class.forName("org.apache.ratis.thirdparty.com.google.protobuf.Message");
    Path jar = Path.of(inside.getProtectionDomain().getCodeSource().getLocation().toURI());
    Set<String> names =
        ShadedParts.of(jar).stream().map(ShadedParts.Part::name).collect(Collectors.toSet());
    Set<String> expected =
        Set.of("grpc-core", "grpc-netty", "protobuf-java", "guava", "netty-handler", "gson");
    assertTrue(names.containsAll(expected), names::toString);
    assertFalse(names.contains("ratis-thirdparty-misc"), "a jar is not inside itself");
  }
}
