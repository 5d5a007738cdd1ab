package io.vxmeta.chaos.check.txn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.HistoryText;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.history.OperationCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class VerifyCommandTest {
  @TempDir private Path directory;

  @Test
  void exitCodeTellsValidFromAnomalyFromUndecided() throws IOException {
    assertEquals(0, verify(Shapes.sequential("ax1", "rx[1]"), "strict-serializable"));
    assertEquals(7, verify(Shapes.sequential("ax1", "rx[]"), "strict-serializable"));
    assertEquals(0, verify(Shapes.sequential("ax1", "rx[]"), "serializable"));
    assertEquals(5, verify(Shapes.sequential("ax1", "ax1"), "serializable"));
  }

  @Test
  void unknownModelIsAWrongCall() throws IOException {
    assertEquals(2, verify(Shapes.sequential("ax1"), "serialisable"));
  }

  @Test
  void lineNamesAnomaliesAndWhatTheHistoryIsNot() {
    Verdict verdict =
        TransactionChecker.check(Shapes.sequential("ax1", "rx[]"), Model.STRICT_SERIALIZABLE);
    assertEquals(
        "{\"id\":\"h\",\"valid\":false,\"anomalies\":[\"G-single-item-realtime\"],"
            + "\"not\":[\"strong-snapshot-isolation\"]}",
        VerifyCommand.line("h", verdict));
  }

  @Test
  void registersAreJudgedLinearizable() throws IOException {
    assertEquals(0, registers("1"));
    assertEquals(7, registers("null"));
    assertEquals(5, registers("[1]"));
  }

  private int registers(String read) throws IOException {
    Path file =
        HistoryText.write(
            directory,
            """
            0 invoke ["w","x",1]
            0 ok ["w","x",1]
            1 invoke ["r","x",null]
            1 ok ["r","x",%s]
            2 invoke ["cas","x",[1,2]]
            2 info ["cas","x",[1,2]]
            """
                .formatted(read));
    return new CommandLine(new VerifyCommand())
        .execute("--model", "linearizable", "-o", "json", file.toString());
  }

  @Test
  void picturesOfACycleAreWrittenWhereAsked() throws IOException {
    Path file = file(Shapes.sequential("ax1", "rx[]"));
    Path pictures = directory.resolve("pictures");
    int code =
        new CommandLine(new VerifyCommand())
            .execute("-o", "json", "--pictures", pictures.toString(), file.toString());
    assertEquals(7, code);
    assertTrue(Files.exists(pictures.resolve("history.jsonl-G-single-item-realtime.svg")));
    assertTrue(Files.exists(pictures.resolve("history.jsonl-G-single-item-realtime.dot")));
  }

  @Test
  void picturesThatCanNotBeWrittenAreAnError() throws IOException {
    Path file = file(Shapes.sequential("ax1", "rx[]"));
    int code =
        new CommandLine(new VerifyCommand())
            .execute("-o", "json", "--pictures", file.toString(), file.toString());
    assertEquals(1, code);
  }

  private int verify(History history, String model) throws IOException {
    return new CommandLine(new VerifyCommand())
        .execute("--model", model, "-o", "json", file(history).toString());
  }

  private Path file(History history) throws IOException {
    Path file = directory.resolve("history.jsonl");
    StringBuilder lines = new StringBuilder();
    for (Operation operation : history.operations()) {
      lines.append(OperationCodec.encode(operation)).append('\n');
    }
    Files.writeString(file, lines.toString());
    return file;
  }
}
