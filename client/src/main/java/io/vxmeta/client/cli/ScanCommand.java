package io.vxmeta.client.cli;

import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Scan;
import io.vxmeta.client.ScanOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.VxClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Prints the records of a namespace, by prefix, in no particular order.
@Command(
    name = "scan",
    description =
        "Prints the records of a namespace, by prefix, in no particular order, as they come:"
            + " columns are separated by tabs and have no heads.",
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
    ScanOptions options = options();
    try (VxClient client = connection.open();
        Scan scan = client.scan(namespace.name(), options);
        RowStream rows = output.rows(streams)) {
      scan.forEachRemaining(record -> print(rows, record));
    }
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

  private void print(RowStream rows, StoredRecord record) {
    String key = BytesArgument.show(record.key());
    List<String> wide = new ArrayList<>(List.of(record.version().toString()));
    wide.addAll(RecordRow.wide(record));
    rows.print(
        key,
        json -> RecordJson.write(json, namespace.name(), record),
        keysOnly ? List.of(key) : List.of(key, BytesArgument.show(record.value())),
        wide);
  }
}
