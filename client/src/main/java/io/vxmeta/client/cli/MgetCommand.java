package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Freshness;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.VxClient;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Prints the records of several keys, in the order asked for.
@Command(
    name = "mget",
    description = "Prints the records of several keys; exit code 3 when one is missing.",
    mixinStandardHelpOptions = true)
final class MgetCommand implements Callable<Integer> {

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();
  @Mixin private final ReadConsistency consistency = new ReadConsistency();
  @Mixin private final Output output = new Output();

  @Parameters(paramLabel = "KEY", arity = "1..*", description = "Keys; base64:... for any bytes.")
  private List<String> keys = List.of();

  MgetCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    List<Bytes> wanted = keys.stream().map(BytesArgument::key).toList();
    try (VxClient client = connection.open()) {
      ReadAnswer answer = client.read(namespace.name(), wanted, consistency.options());
      output.print(
          streams,
          Listing.of("", json -> write(json, wanted, answer))
              .rowsAt("records")
              .table(table(wanted, answer)));
      return answer.records().stream().allMatch(Optional::isPresent)
          ? ExitCode.OK
          : ExitCode.NOT_MET;
    }
  }

  private static TextTable table(List<Bytes> wanted, ReadAnswer answer) {
    TextTable table = RecordRow.table();
    for (int i = 0; i < wanted.size(); i++) {
      Bytes key = wanted.get(i);
      Optional<StoredRecord> record = answer.records().get(i);
      TextTable unused =
          record.isPresent()
              ? RecordRow.addTo(table, record.get())
              : RecordRow.addAbsent(table, key);
    }
    return table;
  }

  private void write(JsonWriter json, List<Bytes> wanted, ReadAnswer answer) throws IOException {
    json.beginObject().name("records").beginArray();
    for (int i = 0; i < wanted.size(); i++) {
      Optional<StoredRecord> record = answer.records().get(i);
      if (record.isPresent()) {
        RecordJson.write(json, namespace.name(), record.get());
      } else {
        json.nullValue();
      }
    }
    json.endArray().name("answers").beginArray();
    for (Freshness freshness : answer.freshness()) {
      json.beginObject();
      RecordJson.freshness(json, freshness);
      json.endObject();
    }
    json.endArray().endObject();
  }
}
