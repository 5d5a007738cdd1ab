package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.Lifetime;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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

  @Option(
      names = "--ttl",
      paramLabel = "DURATION",
      description = "Let the record vanish after this time: 500ms, 30s, 10m, 24h.")
  private @Nullable String ttl;

  @Option(
      names = "--if-newer",
      paramLabel = "EVENT-TIME",
      description =
          "Store it with the time of its event, a number, unless one of that time or later is there.")
  private @Nullable Long eventTime;

  PutCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    if (flags < 0 || flags > 0xffff_ffffL) {
      throw CommandFailed.usage("flags are 0..4294967295: --flags=" + flags);
    }
    Bytes stored = BytesArgument.value(value, streams.in());
    Bytes wanted = BytesArgument.key(key);
    Transaction put = Transaction.in(namespace.name()).mutate(put(wanted, stored)).build();
    try (VxClient client = connection.open()) {
      return WriteReport.print(client.write(put), wanted, streams, output);
    }
  }

  private Transaction.Mutation put(Bytes wanted, Bytes stored) {
    String life = ttl;
    Lifetime lifetime =
        life == null ? Lifetime.FOREVER : new Lifetime.For(Connection.duration("--ttl", life));
    Long time = eventTime;
    if (time == null) {
      return new Transaction.Put(wanted, stored, (int) flags, lifetime);
    } else {
      return new Transaction.PutIfNewer(wanted, time, stored, (int) flags, lifetime);
    }
  }
}
