package io.vxmeta.deploy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// Reads what the other modules' tests reported in this build: a test may be skipped, but never
/// silently.
class SkippedTestsTest {
  /// What the test runner writes when nobody gave a reason.
  private static final Pattern NO_REASON =
      Pattern.compile(
          "|.* is @Disabled|(org\\.opentest4j\\.TestAbortedException: )?Assumption failed:"
              + " assumption is not (true|false)",
          Pattern.DOTALL);

  /// The module that this test runs in: its reports are still being written.
  private static final Path OWN = Path.of("").toAbsolutePath();

  private final Repository repository = Repository.here();

  @Test
  void everySkippedTestPrintsItsReason() throws Exception {
    List<String> silent = new ArrayList<>();
    for (Path report : reports()) {
      NodeList skipped = parse(report).getElementsByTagName("skipped");
      for (int i = 0; i < skipped.getLength(); i++) {
        Element mark = (Element) skipped.item(i);
        Element test = (Element) mark.getParentNode();
        String name = test.getAttribute("classname") + "." + test.getAttribute("name");
        String reason = reasonOf(mark);
        System.out.println("skipped: " + name + ": " + reason);
        if (NO_REASON.matcher(reason).matches()) {
          silent.add(name);
        }
      }
    }
    assertTrue(
        silent.isEmpty(),
        () -> "skipped without a reason; give @Disabled or assumeTrue a message: " + silent);
  }

  /// The runner writes the reason of a disabled test as an attribute, of a failed assumption as
  /// text.
  private static String reasonOf(Element mark) {
    String message = mark.getAttribute("message").strip();
    return message.isEmpty()
        ? mark.getTextContent().lines().findFirst().orElse("").strip()
        : message;
  }

  private List<Path> reports() throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> modules = Files.list(repository.root())) {
      for (Path folder :
          modules
              .filter(module -> !module.toAbsolutePath().equals(OWN))
              .map(module -> module.resolve("target/surefire-reports"))
              .toList()) {
        if (Files.isDirectory(folder)) {
          try (Stream<Path> files = Files.list(folder)) {
            files
                .filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                .forEach(found::add);
          }
        }
      }
    }
    return found;
  }

  private static Element parse(Path report)
      throws ParserConfigurationException, IOException, SAXException {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(report.toFile())
        .getDocumentElement();
  }
}
