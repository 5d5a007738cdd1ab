package io.vxmeta.chaos.demo;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.vxmeta.client.Bytes;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the demo writes: keys with their values, each key once, and where they come from.
record DemoRecords(String origin, List<Entry> entries) {
  /* A line of a file is one of: `digest  path` as md5sum and sha256sum print it, a JSON object with "key" and "value", or
   * key, tab, value. Of a key that comes twice the last value counts. */

  /// A key and the value it is to have.
  record Entry(Bytes key, Bytes value) {}

  /// Where Debian keeps the digests of every file it installed.
  static final Path DPKG = Path.of("/var/lib/dpkg/info");

  private static final String DPKG_LISTS = "*.md5sums";

  /// As many as a small Debian has files.
  private static final int MADE_UP = 100_000;

  /// Fixed, so that two runs write the same.
  private static final long MADE_UP_SEED = 42;

  private static final Pattern DIGEST_LINE = Pattern.compile("([0-9a-f]{32,128}) [ *](.+)");

  DemoRecords {
    entries = List.copyOf(entries);
    if (entries.isEmpty()) {
      throw new IllegalArgumentException(
          "the input holds no records: origin=" + origin + "; give a file with lines");
    }
  }

  /// The file if one is given, else the dpkg database, else made-up records.
  static DemoRecords load(Optional<Path> input, Path dpkg) throws IOException {
    if (input.isPresent()) {
      return fromFiles(input.get().toString(), List.of(input.get()));
    }
    List<Path> lists = dpkgLists(dpkg);
    return lists.isEmpty() ? madeUp() : fromFiles("the dpkg database, " + dpkg, lists);
  }

  private static List<Path> dpkgLists(Path dpkg) throws IOException {
    List<Path> lists = new ArrayList<>();
    if (Files.isDirectory(dpkg)) {
      try (DirectoryStream<Path> found = Files.newDirectoryStream(dpkg, DPKG_LISTS)) {
        found.forEach(lists::add);
      }
    }
    lists.sort(null);
    return lists;
  }

  private static DemoRecords fromFiles(String origin, List<Path> files) throws IOException {
    Map<Bytes, Bytes> values = new LinkedHashMap<>();
    for (Path file : files) {
      int number = 0;
      try (BufferedReader reader = Files.newBufferedReader(file)) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          number++;
          if (!line.isBlank()) {
            Entry entry = parse(line, file, number);
            values.put(entry.key(), entry.value());
          }
        }
      }
    }
    return new DemoRecords(origin, entriesOf(values));
  }

  private static Entry parse(String line, Path file, int number) {
    Matcher digest = DIGEST_LINE.matcher(line);
    if (digest.matches()) {
      return new Entry(Bytes.utf8(digest.group(2)), Bytes.utf8(digest.group(1)));
    }
    int tab = line.indexOf('\t');
    if (tab > 0) {
      return new Entry(Bytes.utf8(line.substring(0, tab)), Bytes.utf8(line.substring(tab + 1)));
    }
    try {
      JsonObject object = JsonParser.parseString(line).getAsJsonObject();
      JsonElement key = object.get("key");
      JsonElement value = object.get("value");
      if (key != null && value != null) {
        return new Entry(Bytes.utf8(key.getAsString()), Bytes.utf8(value.getAsString()));
      }
    } catch (JsonParseException | IllegalStateException | UnsupportedOperationException notJson) {
      // Falls through to the one message about lines.
    }
    throw new IllegalArgumentException(
        "a line is `digest  path`, {\"key\":..,\"value\":..} or key, tab, value: file="
            + file
            + " line="
            + number
            + "; correct or remove it");
  }

  private static DemoRecords madeUp() {
    Random random = new Random(MADE_UP_SEED);
    Map<Bytes, Bytes> values = new LinkedHashMap<>();
    for (int user = 0; user < MADE_UP; user++) {
      String key = "feature/purchases_30d/user/" + user;
      String value =
          "v%d s3://features/purchases_30d/part-%04d#%d"
              .formatted(1 + random.nextInt(40), random.nextInt(4096), random.nextInt(1 << 20));
      values.put(Bytes.utf8(key), Bytes.utf8(value));
    }
    return new DemoRecords("made-up feature-store records", entriesOf(values));
  }

  private static List<Entry> entriesOf(Map<Bytes, Bytes> values) {
    return values.entrySet().stream().map(e -> new Entry(e.getKey(), e.getValue())).toList();
  }
}
