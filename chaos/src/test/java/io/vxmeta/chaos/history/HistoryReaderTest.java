package io.vxmeta.chaos.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryReaderTest {
  private static final String STREAM =
      """
      {"index":0,"time":5,"process":3,"type":"invoke","value":[["append","k",1],["r",7,null]]}

      {"index":1,"time":9,"process":3,"type":"ok","value":[["append","k",1],["r",7,[1,"1"]]],"revision":12}
      """;

  @TempDir private Path directory;

  @Test
  void operationStreamIsOneHistoryAndKeepsExtraFields() throws IOException {
    History history = only(STREAM);
    Operation ok = history.operations().get(1);
    assertEquals(Operation.Type.OK, ok.type());
    assertEquals(
        List.of(new Micro.Append("k", 1L), new Micro.ReadList(7L, List.of(1L, "1"))), ok.value());
    assertEquals(new Micro.ReadNull(7L), history.operations().getFirst().value().get(1));
    assertEquals("12", ok.extras().get("revision") + "");
  }

  @Test
  void corpusLineIsAWholeHistory() throws IOException {
    History history =
        only(
            """
            {"id":"a","workload":"rw-register","options":{"o":true},"ops":[{"index":0,"time":0,"process":0,"type":"info","value":[["w",1,2],["r",1,3]]}],"verdicts":{"m":{"valid":true}}}
            """);
    assertEquals("a", history.id());
    assertEquals("rw-register", history.workload());
    assertEquals(
        List.of(new Micro.Write(1L, 2L), new Micro.ReadValue(1L, 3L)),
        history.operations().getFirst().value());
    assertEquals("{\"valid\":true}", history.verdicts().get("m") + "");
  }

  @Test
  void compressedFileReadsAsThePlainOne() throws IOException {
    Path file = directory.resolve("h.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(STREAM.getBytes(StandardCharsets.UTF_8));
    }
    List<History> read = new ArrayList<>();
    HistoryReader.read(file, read::add);
    assertEquals(only(STREAM).operations(), read.getFirst().operations());
  }

  @Test
  void encodedOperationReadsBackUnchanged() throws IOException {
    Operation ok = only(STREAM).operations().get(1);
    assertEquals(ok, only(OperationCodec.encode(ok)).operations().getFirst());
  }

  @Test
  void wholeNumbersBeyond64BitsStayWhatTheyAre() throws IOException {
    String line = "{\"index\":0,\"time\":0,\"process\":0,\"type\":\"ok\",\"value\":[[\"w\",1,%s]]}";
    Operation written = only(line.formatted("9223372036854775999")).operations().getFirst();
    assertNotEquals(written, only(line.formatted("9223372036854775998")).operations().getFirst());
    assertEquals(written, only(OperationCodec.encode(written)).operations().getFirst());
    assertThrows(
        MalformedHistory.class,
        () -> only(line.replace("w", "add").formatted("9223372036854775999")));
  }

  @Test
  void lookEndsWhenEnoughWasSeenAndBeforeWholeHistories() throws IOException {
    Path file = directory.resolve("l.jsonl");
    Files.writeString(file, STREAM + "no history");
    List<Operation> seen = new ArrayList<>();
    HistoryReader.look(
        file,
        operation -> {
          seen.add(operation);
          return seen.size() < 2;
        });
    assertEquals(2, seen.size());
    Files.writeString(file, "{\"id\":\"a\",\"workload\":\"\",\"ops\":[]}");
    HistoryReader.look(file, seen::add);
    assertEquals(2, seen.size());
  }

  @Test
  void malformedLineIsRefusedWithItsNumber() {
    List<String> wrong =
        List.of(
            "{",
            "7",
            "{}",
            "{\"index\":0,\"time\":0,\"process\":0,\"type\":\"maybe\",\"value\":[]}",
            "{\"index\":0,\"time\":0,\"process\":0,\"type\":\"ok\",\"value\":[[\"r\",1]]}",
            "{\"index\":0,\"time\":0,\"process\":0,\"type\":\"ok\",\"value\":[[\"append\",1,null]]}");
    for (String line : wrong) {
      MalformedHistory refused =
          assertThrows(MalformedHistory.class, () -> only(STREAM + line), line);
      assertEquals(4, refused.line(), line);
    }
  }

  private History only(String text) throws IOException {
    Path file = directory.resolve("h.jsonl");
    Files.writeString(file, text);
    List<History> read = new ArrayList<>();
    HistoryReader.read(file, read::add);
    assertEquals(1, read.size());
    return read.getFirst();
  }
}
