package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Shapes.concurrent;
import static io.vxmeta.chaos.check.txn.Shapes.sequential;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.history.History;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

class PicturesTest {
  @TempDir private Path directory;

  @Test
  void dotNamesTransactionsAndLabels() {
    Anomaly anomaly = only(sequential("ax1", "rx[]"), Model.STRICT_SERIALIZABLE);
    assertEquals(
        """
        digraph "G-single-item-realtime" {
          node [shape=box, fontname=monospace];
          T1 [label="T1  [[\\"r\\",\\"x\\",[]]]"];
          T1 -> T2 [label="rw", color="#c77700", tooltip="it read key x without the next element, 1"];
          T2 [label="T2  [[\\"append\\",\\"x\\",1]]"];
          T2 -> T1 [label="realtime", color="#2e7d32", tooltip="the one had completed before the other was called"];
        }
        """,
        anomaly.picture().orElseThrow().dot());
  }

  @Test
  void svgIsADocumentOfItsOwnWithABoxForEachTransaction() throws Exception {
    History ring = concurrent("ax1 ry[]", "ay1 rz[]", "az1 rx[]", "rx[1] ry[1] rz[1]");
    Document svg = parse(only(ring, Model.SERIALIZABLE).picture().orElseThrow().svg());
    assertEquals(3, svg.getElementsByTagName("g").getLength());
    assertEquals(0, svg.getElementsByTagName("image").getLength());
    List<String> texts = texts(svg.getElementsByTagName("text"));
    assertTrue(texts.contains("G2-item"), texts.toString());
    assertEquals(3, texts.stream().filter("rw"::equals).count(), texts.toString());
    assertTrue(texts.contains("T1 < T2 (rw): it read key y without the next element, 1"));
    assertTrue(texts.contains("T3 < T1 (rw): it read key x without the next element, 1"));
  }

  @Test
  void boxesStayInsideTheDrawingAndApart() throws Exception {
    for (int size = 2; size < 40; size++) {
      List<String> transactions = Stream.generate(() -> "[<\"&>]").limit(size).toList();
      List<CyclePicture.Edge> edges =
          Stream.generate(() -> new CyclePicture.Edge("ww", "why")).limit(size).toList();
      Document svg = parse(new CyclePicture("t", transactions, edges).svg());
      double width = number(svg.getElementsByTagName("svg"), 0, "width");
      NodeList boxes = svg.getElementsByTagName("rect");
      assertEquals(size + 1, boxes.getLength());
      for (int i = 1; i <= size; i++) {
        double left = number(boxes, i, "x");
        assertTrue(left >= 0 && left + number(boxes, i, "width") <= width, "size=" + size);
        for (int j = 1; j < i; j++) {
          boolean apart =
              Math.abs(left - number(boxes, j, "x")) >= number(boxes, i, "width")
                  || Math.abs(number(boxes, i, "y") - number(boxes, j, "y"))
                      >= number(boxes, i, "height");
          assertTrue(apart, "size=" + size + " boxes " + i + " and " + j + " overlap");
        }
      }
    }
  }

  @Test
  void anomalyKeepsTheLinesOfItsCallsAndOutcomes() {
    Anomaly anomaly = only(sequential("ax1", "rx[]"), Model.STRICT_SERIALIZABLE);
    assertEquals(4, anomaly.lines().size());
    assertEquals(
        "{\"index\":0,\"time\":0,\"process\":0,\"type\":\"invoke\",\"value\":[[\"append\",\"x\",1]]}",
        anomaly.lines().getFirst());
  }

  @Test
  void filesAreNamedByHistoryAndAnomaly() throws IOException {
    Verdict verdict =
        TransactionChecker.check(
            concurrent("ax1 ry[]", "ay1 rx[]", "rx[1] ry[1]", "rz[9]"), Model.SERIALIZABLE);
    Pictures.write(directory.resolve("new"), "run/1", verdict);
    try (Stream<Path> files = Files.list(directory.resolve("new"))) {
      assertEquals(
          List.of(
              "run_1-G2-item.dot",
              "run_1-G2-item.svg",
              "run_1-G2-item.txt",
              "run_1-garbage-read.txt"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
    String text = Files.readString(directory.resolve("new/run_1-garbage-read.txt"));
    assertTrue(text.contains("nobody ever appended 9"), text);
    assertTrue(text.contains("\"type\":\"ok\",\"value\":[[\"r\",\"z\",[9]]]"), text);
  }

  private static Anomaly only(History history, Model model) {
    List<Anomaly> anomalies = TransactionChecker.check(history, model).anomalies();
    assertEquals(1, anomalies.size());
    return anomalies.getFirst();
  }

  private static Document parse(String svg) throws Exception {
    byte[] bytes = svg.getBytes(StandardCharsets.UTF_8);
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(bytes));
  }

  private static List<String> texts(NodeList nodes) {
    return Stream.iterate(0, i -> i < nodes.getLength(), i -> i + 1)
        .map(i -> nodes.item(i).getTextContent())
        .toList();
  }

  private static double number(NodeList nodes, int i, String attribute) {
    return Double.parseDouble(
        nodes.item(i).getAttributes().getNamedItem(attribute).getTextContent());
  }
}
