package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.Scan;
import io.vxmeta.client.ScanOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.VxClient;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Writes the records of namespaces as JSON lines that `vxctl load` reads again.
@Command(
    name = "dump",
    description =
        "Writes all records of a namespace as JSON lines, which vxctl load reads again. Records"
            + " written meanwhile may or may not be in it.",
    mixinStandardHelpOptions = true)
final class DumpCommand implements Callable<Integer> {

  private static final int PAGE = 5_000;

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();

  @Option(names = "--all-namespaces", description = "Every namespace rather than one.")
  private boolean all;

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "Where to write; stdout when absent.")
  private @Nullable Path file;

  DumpCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    Path target = file;
    if (target == null) {
      Writer text = new OutputStreamWriter(streams.out(), StandardCharsets.UTF_8);
      dump(text);
      text.flush();
      return ExitCode.OK;
    }
    // Complete or not there: a dump that broke off is not mistaken for a whole one.
    Path partial = target.resolveSibling(target.getFileName() + ".partial");
    try (BufferedWriter text = Files.newBufferedWriter(partial, StandardCharsets.UTF_8)) {
      dump(text);
    }
    Path unused = Files.move(partial, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    return ExitCode.OK;
  }

  private void dump(Writer text) throws IOException {
    Progress progress = Progress.on(streams.err(), "dumped", 0);
    try (VxClient client = connection.open()) {
      List<String> namespaces =
          all ? client.admin().namespaces() : new ArrayList<>(List.of(namespace.name()));
      for (String name : namespaces) {
        ScanOptions options = ScanOptions.EVERYTHING.pagesOf(PAGE).within(connection.timeout());
        try (Scan scan = client.scan(name, options)) {
          while (scan.hasNext()) {
            line(text, name, scan.next());
            progress.advance(1, 0);
          }
        }
      }
    }
    progress.end();
  }

  private static void line(Writer text, String namespace, StoredRecord record) throws IOException {
    JsonWriter json = new JsonWriter(text);
    json.setHtmlSafe(false);
    json.beginObject().name("namespace").value(namespace);
    RecordJson.bytes(json, "key", record.key());
    RecordJson.bytes(json, "value", record.value());
    if (record.flags() != 0) {
      json.name("flags").value(Integer.toUnsignedLong(record.flags()));
    }
    json.endObject();
    text.write('\n');
  }
}
