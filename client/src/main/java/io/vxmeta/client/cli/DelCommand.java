package io.vxmeta.client.cli;

import io.vxmeta.client.Outcome;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// Deletes keys, each in a transaction of its own.
@Command(
    name = "del",
    description = "Deletes keys, one transaction each; exit code 3 when one was not there.",
    mixinStandardHelpOptions = true)
final class DelCommand implements Callable<Integer> {

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();
  @Mixin private final Output output = new Output();

  @Parameters(paramLabel = "KEY", arity = "1..*", description = "Keys; base64:... for any bytes.")
  private List<String> keys = List.of();

  DelCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    List<Transaction> deletes =
        keys.stream()
            .map(key -> Transaction.in(namespace.name()).delete(BytesArgument.key(key)).build())
            .toList();
    try (VxClient client = connection.open()) {
      List<CompletableFuture<Outcome<WriteAnswer>>> outcomes =
          deletes.stream().map(client::writeAsync).toList();
      List<Boolean> existed =
          outcomes.stream().map(outcome -> existed(outcome.join().orThrow())).toList();
      print(existed);
      return existed.contains(false) ? ExitCode.NOT_MET : ExitCode.OK;
    }
  }

  private static boolean existed(WriteAnswer answer) {
    return answer.result() instanceof WriteAnswer.Applied applied
        && applied.mutations().get(0).existed();
  }

  private void print(List<Boolean> existed) {
    long deleted = existed.stream().filter(was -> was).count();
    output.print(
        streams,
        Listing.of(
                "",
                json ->
                    json.beginObject()
                        .name("deleted")
                        .value(deleted)
                        .name("absent")
                        .value(existed.size() - deleted)
                        .endObject())
            .named(keys)
            .line("deleted=" + deleted + " absent=" + (existed.size() - deleted)));
  }
}
