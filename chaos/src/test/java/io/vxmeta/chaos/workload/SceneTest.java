package io.vxmeta.chaos.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.HistoryText;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.workload.Judgement.Finding;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/// The picture of a conflict shows who asked what at the same time, and where no order is left.
class SceneTest {
  private static final String STALE =
      """
      9 invoke ["w",2,6]
      0 invoke ["w",1,5]
      3 invoke ["cas",1,[5,7]]
      0 ok ["w",1,5] "revision":1,"group":1
      1 invoke ["r",1,null]
      9 ok ["w",2,6] "revision":2,"group":1
      4 invoke ["w",1,8]
      1 ok ["r",1,null] "revision":1,"group":1,"versions":[1]
      4 fail ["w",1,8]
      3 info ["cas",1,[5,7]]
      """;

  @TempDir private Path folder;

  private List<Operation> events(String text) throws IOException {
    List<Operation> events = new ArrayList<>();
    HistoryReader.operations(HistoryText.write(folder, text), events::add);
    return events;
  }

  private String picture(String text, List<Long> events) throws IOException {
    Ruling ruling = Ruling.found("registers", Finding.at("not-linearizable", "proof", events));
    return ruling.quoting(events(text)).findings().getFirst().picture();
  }

  /// Fails where it is not well-formed.
  private static Document parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static List<Element> elements(Document svg, String tag) {
    NodeList found = svg.getElementsByTagName(tag);
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i)).toList();
  }

  private static List<String> texts(Document svg) {
    return elements(svg, "text").stream().map(Element::getTextContent).toList();
  }

  private static Element bar(Document svg, String words) {
    Element text =
        elements(svg, "text").stream()
            .filter(it -> it.getTextContent().equals(words))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no bar " + words + " in " + texts(svg)));
    return (Element) ((Element) text.getParentNode()).getElementsByTagName("rect").item(0);
  }

  private static int left(Element bar) {
    return Integer.parseInt(bar.getAttribute("x"));
  }

  private static int right(Element bar) {
    return left(bar) + Integer.parseInt(bar.getAttribute("width"));
  }

  @Test
  void staleReadIsDrawnWithTheWriteItContradictsAndWhatOverlappedThem() throws Exception {
    RegisterTraffic judge = new RegisterTraffic();
    Path file = HistoryText.write(folder, STALE);
    Finding finding = judge.judge(file).quoting(file).findings().getFirst();
    Document svg = parsed(finding.picture());

    Element write = bar(svg, "w 1=5");
    Element read = bar(svg, "r 1=nothing");
    Element doubt = bar(svg, "cas 1 5→7 ?");
    assertEquals("named", write.getAttribute("class"));
    assertEquals("named", read.getAttribute("class"));
    assertEquals("beside open", doubt.getAttribute("class"));
    assertTrue(right(write) < left(read), "the write ended before the read began");
    assertTrue(left(write) < left(doubt), "the compare was called while the write went on");
    assertTrue(right(doubt) > right(read), "what was never answered ends open");
    assertTrue(
        texts(svg).containsAll(List.of("process 0", "process 1", "process 3")), "" + texts(svg));
    assertTrue(texts(svg).stream().noneMatch(text -> text.contains("=6")), "another key");
    assertTrue(texts(svg).stream().noneMatch(text -> text.contains("=8")), "it did not happen");
  }

  @Test
  void lineIsDrawnThatNoOrderGetsPast() throws Exception {
    Document svg = parsed(picture(STALE, List.of(1L, 3L, 4L, 7L)));
    String line =
        elements(svg, "path").stream()
            .filter(path -> path.getAttribute("class").equals("conflict"))
            .findFirst()
            .orElseThrow()
            .getAttribute("d");
    assertTrue(line.startsWith("M%d ".formatted(right(bar(svg, "r 1=nothing")))), line);
    assertTrue(texts(svg).contains("no order gets past here"), "" + texts(svg));
  }

  @Test
  void textsFitIntoTheirBarsAndAreEscaped() throws Exception {
    String long1 = "<b>&" + "x".repeat(100);
    String text =
        """
        0 invoke ["w","k","%1$s"]
        0 ok ["w","k","%1$s"]
        """
            .formatted(long1);
    Document svg = parsed(picture(text, List.of(0L, 1L)));
    Element bar = elements(svg, "rect").getLast();
    String shown = ((Element) bar.getParentNode()).getLastChild().getTextContent();
    assertTrue(shown.startsWith("w k=<b>&xx") && shown.endsWith("…"), shown);
    assertTrue(right(bar) - left(bar) >= 7 * shown.length(), "text=" + shown);
    String tooltip = ((Element) bar.getParentNode()).getFirstChild().getTextContent();
    assertTrue(tooltip.contains(long1), tooltip);
  }

  @Test
  void crowdIsBoundedAndCounted() throws Exception {
    StringBuilder text = new StringBuilder("0 invoke [\"w\",1,5]\n");
    for (int i = 0; i < Scene.NEIGHBOURS_MAX + 3; i++) {
      text.append("1 invoke [\"r\",1,null]\n1 ok [\"r\",1,%d]\n".formatted(100 + i));
    }
    text.append("0 ok [\"w\",1,5]\n");
    long last = 2 * (Scene.NEIGHBOURS_MAX + 3) + 1;
    Document svg = parsed(picture(text.toString(), List.of(0L, last)));
    assertEquals(
        Scene.NEIGHBOURS_MAX,
        elements(svg, "rect").stream()
            .filter(rect -> rect.getAttribute("class").equals("beside"))
            .count());
    String words = String.join("\n", texts(svg));
    assertTrue(words.contains("3 more calls are not drawn"), words);
    assertFalse(words.contains("=102"), "the oldest are left out");
    assertTrue(words.contains("=103"), words);
  }

  @Test
  void whatNobodyAskedForHasNoPicture() throws IOException {
    assertEquals("", picture("5 ok [\"r\",\"digest\",4]\n", List.of(0L)));
  }
}
