package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Adds to a counter and prints it.
@Command(
    name = "add",
    description = "Adds to a counter and prints it; a key that is not there counts as 0.",
    mixinStandardHelpOptions = true)
final class AddCommand implements Callable<Integer> {

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();
  @Mixin private final Output output = new Output();

  @Parameters(index = "0", paramLabel = "KEY", description = "The key; base64:... for any bytes.")
  private String key = "";

  @Parameters(
      index = "1",
      paramLabel = "NUMBER",
      arity = "0..1",
      defaultValue = "1",
      description = "What to add; 1 unless given, also negative (after --).")
  private long delta;

  AddCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    Bytes wanted = BytesArgument.key(key);
    Transaction add = Transaction.in(namespace.name()).add(wanted, delta).build();
    try (VxClient client = connection.open()) {
      return WriteReport.print(client.write(add), wanted, streams, output);
    }
  }
}
