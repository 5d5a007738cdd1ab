package io.vxmeta.client.cli;

import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Scan;
import io.vxmeta.client.ScanOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.VxClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Prints the records of a namespace, by prefix, in no particular order.
@Command(
    name = "scan",
    description = "Prints the records of a namespace, by prefix, in no particular order.",
    mixinStandardHelpOptions = true)
final class ScanCommand implements Callable<Integer> {

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();
  @Mixin private final ReadConsistency consistency = new ReadConsistency();
  @Mixin private final Output output = new Output();

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "Only keys that begin so; base64:... for any bytes.")
  private String prefix = "";

  @Option(
      names = "--limit",
      paramLabel = "RECORDS",
      defaultValue = "0",
      description = "Stop after so many; 0 = all.")
  private long limit;

  @Option(names = "--keys-only", description = "Without values.")
  private boolean keysOnly;

  ScanCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    try (VxClient client = connection.open();
        Scan scan = client.scan(namespace.name(), options())) {
      scan.forEachRemaining(this::print);
    }
    streams.out().flush();
    return ExitCode.OK;
  }

  private ScanOptions options() {
    if (limit < 0) {
      throw CommandFailed.usage("a limit is 0 or more: --limit=" + limit);
    }
    ReadOptions read = consistency.options();
    ScanOptions options =
        ScanOptions.EVERYTHING
            .startingWith(BytesArgument.key(prefix))
            .with(read.consistency())
            .within(connection.timeout())
            .atMost(limit);
    options = read.node().map(options::at).orElse(options);
    return keysOnly ? options.keysOnly() : options;
  }

  /// Tab-separated: a table would need all records before it could print the first.
  private void print(StoredRecord record) {
    if (output.isJson()) {
      Json.print(streams.out(), json -> RecordJson.write(json, namespace.name(), record));
    } else if (keysOnly) {
      streams.out().println(BytesArgument.show(record.key()));
    } else {
      streams
          .out()
          .println(BytesArgument.show(record.key()) + "\t" + BytesArgument.show(record.value()));
    }
  }
}
