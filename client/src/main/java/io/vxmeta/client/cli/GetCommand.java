package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.TypedValue;
import io.vxmeta.client.VxClient;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Prints the value of a key, byte for byte, or the number that a counter is.
@Command(
    name = "get",
    description =
        "Prints the value of a key, and a line end unless the value is binary; exit code 3 when"
            + " there is none. -o wide prints the whole record.",
    mixinStandardHelpOptions = true)
final class GetCommand implements Callable<Integer> {

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();
  @Mixin private final ReadConsistency consistency = new ReadConsistency();
  @Mixin private final Output output = new Output();

  @Parameters(paramLabel = "KEY", description = "The key; base64:... for any bytes.")
  private String key = "";

  @Option(
      names = "--number",
      description =
          "The number of a counter, as add and merge print it; exit code 3 when the value is no"
              + " counter.")
  private boolean counter;

  GetCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    Bytes wanted = BytesArgument.key(key);
    try (VxClient client = connection.open()) {
      ReadAnswer answer = client.read(namespace.name(), List.of(wanted), consistency.options());
      Optional<StoredRecord> record = answer.records().get(0);
      if (record.isEmpty()) {
        throw new CommandFailed(
            ExitCode.NOT_MET,
            "no such key: namespace=" + namespace.name() + " key=" + BytesArgument.show(wanted));
      }
      print(record.get());
    }
    return ExitCode.OK;
  }

  private void print(StoredRecord record) {
    if (counter) {
      print(record, number(record));
    } else if (output.format() != Output.Format.table) {
      output.print(
          streams,
          Listing.of("", json -> RecordJson.write(json, namespace.name(), record))
              .table(RecordRow.addTo(RecordRow.table(), record)));
    } else {
      printBytes(record);
    }
  }

  private void print(StoredRecord record, long number) {
    Listing listing =
        Listing.of("", json -> RecordJson.write(json, namespace.name(), record, number))
            .named(List.of(BytesArgument.show(record.key())));
    output.print(
        streams,
        output.format() == Output.Format.wide
            ? listing.table(RecordRow.addTo(RecordRow.table(), record, Long.toString(number)))
            : listing.line(Long.toString(number)));
  }

  private long number(StoredRecord record) {
    return TypedValue.counter(record.value())
        .orElseThrow(() ->
            new CommandFailed(
                ExitCode.NOT_MET,
                "the value is no counter: namespace="
                    + namespace.name()
                    + " key="
                    + BytesArgument.show(record.key())
                    + " bytes="
                    + record.value().length()
                    + " expected=8 bytes; leave out --number"));
  }

  private void printBytes(StoredRecord record) {
    streams.out().writeBytes(record.value().toArray());
    if (record.value().isUtf8()) {
      streams.out().println();
    }
    streams.out().flush();
  }
}
