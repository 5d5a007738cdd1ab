package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Stores a value, new or instead of the old one.
@Command(
    name = "put",
    description = "Stores a value, new or instead of the old one.",
    mixinStandardHelpOptions = true)
final class PutCommand implements Callable<Integer> {

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();
  @Mixin private final Output output = new Output();

  @Parameters(index = "0", paramLabel = "KEY", description = "The key; base64:... for any bytes.")
  private String key = "";

  @Parameters(
      index = "1",
      paramLabel = "VALUE",
      description = "The value; @FILE, - for stdin, or base64:... for any bytes.")
  private String value = "";

  @Option(
      names = "--flags",
      paramLabel = "NUMBER",
      description = "The record's flags, 32 bits of your own.")
  private long flags;

  PutCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    if (flags < 0 || flags > 0xffff_ffffL) {
      throw CommandFailed.usage("flags are 0..4294967295: --flags=" + flags);
    }
    Bytes stored = BytesArgument.value(value, streams.in());
    Transaction put =
        Transaction.in(namespace.name()).put(BytesArgument.key(key), stored, (int) flags).build();
    try (VxClient client = connection.open()) {
      return WriteReport.print(client.write(put), streams, output);
    }
  }
}
