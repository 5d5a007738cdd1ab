package io.vxmeta.client.cli;

import io.vxmeta.client.Outcome;
import io.vxmeta.client.WriteAnswer;

/// Prints what became of a transaction and gives the exit code for it.
final class WriteReport {

  private WriteReport() {}

  static int print(Outcome<WriteAnswer> outcome, Streams streams, Output output) {
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
          "the record is no counter of 8 bytes, nothing was changed: mutation=" + wrong.index());
    }
    if (output.isJson()) {
      Json.print(
          streams.out(),
          json -> {
            json.beginObject().name("applied").value(true);
            json.name("revision").value(answer.revision().value());
            RecordJson.freshness(json, answer.freshness());
            json.endObject();
          });
    } else {
      streams
          .out()
          .println(
              "ok group=" + answer.freshness().token().group() + " revision=" + answer.revision());
    }
    return ExitCode.OK;
  }
}
