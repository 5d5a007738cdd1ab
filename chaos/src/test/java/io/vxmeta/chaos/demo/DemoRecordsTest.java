package io.vxmeta.chaos.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where the demo's records come from.
class DemoRecordsTest {
  private static final String DIGEST = "2ba08fece3b3434a669f3c529bbea383";

  @TempDir Path folder;

  @Test
  void everyKindOfLineIsRead() throws IOException {
    Path file =
        write(
            "input",
            DIGEST + "  usr/bin/a file",
            "{\"key\":\"k\",\"value\":\"v\"}",
            "",
            "tab\tseparated value");
    assertEquals(
        List.of(entry("usr/bin/a file", DIGEST), entry("k", "v"), entry("tab", "separated value")),
        DemoRecords.load(Optional.of(file), folder).entries());
  }

  @Test
  void lastValueOfARepeatedKeyCounts() throws IOException {
    Path file = write("input", "k\told", "other\tx", "k\tnew");
    assertEquals(
        List.of(entry("k", "new"), entry("other", "x")),
        DemoRecords.load(Optional.of(file), folder).entries());
  }

  @Test
  void dpkgListsAreReadInOrder() throws IOException {
    Path second = write("b.md5sums", DIGEST + "  b");
    Path first = write("a.md5sums", DIGEST + "  a");
    assertEquals(second.getParent(), first.getParent());
    assertEquals(
        List.of(entry("a", DIGEST), entry("b", DIGEST)),
        DemoRecords.load(Optional.empty(), folder).entries());
  }

  @Test
  void withoutDpkgRecordsAreMadeUpAndAlwaysTheSame() throws IOException {
    DemoRecords made = DemoRecords.load(Optional.empty(), folder.resolve("absent"));
    assertEquals(100_000, made.entries().size());
    assertEquals(made, DemoRecords.load(Optional.empty(), folder.resolve("absent")));
  }

  @Test
  void strangeLineIsNamed() throws IOException {
    Path file = write("input", "k\tv", "what is this");
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> DemoRecords.load(Optional.of(file), folder));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("line=2"), () -> "message: " + refused);
  }

  @Test
  void emptyInputIsRefused() throws IOException {
    Path file = write("input", "");
    assertThrows(IllegalArgumentException.class, () -> DemoRecords.load(Optional.of(file), folder));
  }

  @Test
  void missingInputIsRefused() {
    assertThrows(
        NoSuchFileException.class,
        () -> DemoRecords.load(Optional.of(folder.resolve("absent")), folder));
  }

  private Path write(String name, String... lines) throws IOException {
    return Files.write(folder.resolve(name), List.of(lines));
  }

  private static DemoRecords.Entry entry(String key, String value) {
    return new DemoRecords.Entry(Bytes.utf8(key), Bytes.utf8(value));
  }
}
