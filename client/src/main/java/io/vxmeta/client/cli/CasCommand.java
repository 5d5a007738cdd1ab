package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Revision;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Stores a value if the record is as expected, atomically.
@Command(
    name = "cas",
    description = "Stores a value if the record is as expected; exit code 3 when it is not.",
    mixinStandardHelpOptions = true)
final class CasCommand implements Callable<Integer> {

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();
  @Mixin private final Output output = new Output();

  @Option(
      names = "--if-version",
      paramLabel = "REVISION",
      description = "Expect this version (as get -o json prints it).")
  private @Nullable Long version;

  @Option(names = "--if-absent", description = "Expect no record.")
  private boolean absent;

  @Option(
      names = "--if-value",
      paramLabel = "VALUE",
      description = "Expect this value: its SHA-256 is compared.")
  private @Nullable String expectedValue;

  @Parameters(index = "0", paramLabel = "KEY", description = "The key; base64:... for any bytes.")
  private String key = "";

  @Parameters(
      index = "1",
      paramLabel = "NEW-VALUE",
      description = "The value to store; @FILE, - for stdin, or base64:... for any bytes.")
  private String value = "";

  CasCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    int expectations =
        (absent ? 1 : 0) + (version != null ? 1 : 0) + (expectedValue != null ? 1 : 0);
    if (expectations != 1) {
      throw CommandFailed.usage(
          "cas needs to know what to expect: give one of --if-version, --if-absent, --if-value (see vxctl cas"
              + " --help); a plain store is vxctl put");
    }
    Bytes wanted = BytesArgument.key(key);
    Bytes next = BytesArgument.value(value, streams.in());
    try (VxClient client = connection.open()) {
      Transaction.Builder transaction = Transaction.in(namespace.name());
      if (absent) {
        transaction.ifAbsent(wanted);
      } else if (expectedValue != null) {
        transaction.ifValue(wanted, BytesArgument.key(expectedValue));
      } else {
        transaction.ifVersion(wanted, expectedVersion());
      }
      return WriteReport.print(
          client.write(transaction.put(wanted, next).build()), wanted, streams, output);
    }
  }

  private Revision expectedVersion() {
    long given = version == null ? 0 : version;
    if (given < 1) {
      throw CommandFailed.usage("a version is 1 or more: --if-version=" + given);
    }
    return new Revision(given);
  }
}
