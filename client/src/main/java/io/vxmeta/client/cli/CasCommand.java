package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.Revision;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
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

  /// What is expected of the record.
  static final class Expectation {
    @Option(
        names = "--version",
        paramLabel = "REVISION",
        description = "The record has this version (as get -o json prints it).")
    private @Nullable Long version;

    @Option(names = "--absent", description = "There is no record.")
    private boolean absent;

    @Option(
        names = "--value",
        paramLabel = "VALUE",
        description = "The record has this value now (read first, then compared by version).")
    private @Nullable String value;
  }

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();
  @Mixin private final Output output = new Output();

  @ArgGroup(multiplicity = "1")
  private Expectation expectation = new Expectation();

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
    Bytes wanted = BytesArgument.key(key);
    Bytes next = BytesArgument.value(value, streams.in());
    try (VxClient client = connection.open()) {
      Transaction.Builder transaction = Transaction.in(namespace.name());
      if (expectation.absent) {
        transaction.ifAbsent(wanted);
      } else {
        transaction.ifVersion(wanted, expectedVersion(client, wanted));
      }
      return WriteReport.print(
          client.write(transaction.put(wanted, next).build()), streams, output);
    }
  }

  private Revision expectedVersion(VxClient client, Bytes wanted) {
    Long version = expectation.version;
    if (version != null) {
      if (version < 1) {
        throw CommandFailed.usage("a version is 1 or more: --version=" + version);
      }
      return new Revision(version);
    }
    String expected = expectation.value == null ? "" : expectation.value;
    Optional<StoredRecord> record = client.get(namespace.name(), wanted);
    if (record.isEmpty() || !record.get().value().equals(BytesArgument.key(expected))) {
      throw new CommandFailed(
          ExitCode.NOT_MET,
          "the precondition does not hold, nothing was changed: "
              + record
                  .map(found -> "found-version=" + found.version() + ", with another value")
                  .orElse("no such key"));
    }
    return record.get().version();
  }
}
