package io.vxmeta.client.cli;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.WriteAnswer;
import java.util.List;
import java.util.OptionalLong;

/// Prints what became of a transaction and gives the exit code for it.
final class WriteReport {

  private WriteReport() {}

  static int print(Outcome<WriteAnswer> outcome, Bytes key, Streams streams, Output output) {
    WriteAnswer answer = outcome.orThrow();
    if (answer.result() instanceof WriteAnswer.CompareFailed failed) {
      throw new CommandFailed(
          ExitCode.NOT_MET,
          "the precondition does not hold, nothing was changed: found-version="
              + (failed.foundVersion().value() == 0 ? "none" : failed.foundVersion())
              + "; read the record again");
    }
    if (answer.result() instanceof WriteAnswer.WrongType wrong) {
      throw new CommandFailed(
          ExitCode.NOT_MET,
          "the record's value has another form than the change needs, nothing was changed: mutation="
              + wrong.index());
    }
    if (answer.result() instanceof WriteAnswer.CollectionTooLarge large) {
      throw new CommandFailed(
          ExitCode.NOT_MET,
          "the set or the intervals would become too large, nothing was changed: mutation="
              + large.index());
    }
    OptionalLong number = number(answer);
    String merged = number.isPresent() ? " number=" + number.getAsLong() : "";
    output.print(
        streams,
        Listing.of(
                "",
                json -> {
                  json.beginObject().name("applied").value(true);
                  json.name("revision").value(answer.revision().value());
                  if (number.isPresent()) {
                    json.name("number").value(number.getAsLong());
                  }
                  RecordJson.freshness(json, answer.freshness());
                  json.endObject();
                })
            .named(List.of(BytesArgument.show(key)))
            .line(
                "ok group="
                    + answer.freshness().token().group()
                    + " revision="
                    + answer.revision()
                    + merged));
    return ExitCode.OK;
  }

  /// What a merge answers; the commands make transactions of one mutation.
  private static OptionalLong number(WriteAnswer answer) {
    return answer.result() instanceof WriteAnswer.Applied applied && applied.mutations().size() == 1
        ? applied.mutations().get(0).number()
        : OptionalLong.empty();
  }
}
