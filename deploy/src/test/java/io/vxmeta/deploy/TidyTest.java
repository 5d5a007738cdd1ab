package io.vxmeta.deploy;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Reads the repository as text and says, for each blemish, what to write instead.
class TidyTest {
  /// The folders and documents at the top; anything else belongs inside one of them.
  private static final Set<String> TOP_LEVEL =
      Set.of(
          "pom.xml",
          "raft",
          "statemachine",
          "shard-map",
          "client",
          "chaos",
          "deploy",
          "docs",
          "README.md",
          "LICENSE",
          "CHANGELOG.md",
          "CONTRIBUTING.md",
          "SECURITY.md",
          "vx",
          ".ci",
          ".mvn",
          ".editorconfig",
          ".gitignore");

  /// Not written by us, or made from definitions: one looks things up there, and reads none of them
  /// from end to end.
  private static final Set<String> WHOLE_FILES =
      Set.of("LICENSE", "docs/api.md", "docs/vxctl-commands.md");

  /// Lines; what is longer has two subjects.
  private static final int FILE_LINES_MAX = 800;

  /// Split, so that this file does not find itself.
  private static final Pattern LEFTOVER = Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

  private static final Pattern SLEEP =
      Pattern.compile("\\b(Thread|TimeUnit\\.[A-Z]+|[A-Z]+)\\.sle" + "ep\\(");
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.*)$");
  private static final Pattern BARE_DISABLED = Pattern.compile("^\\s*@Disabled\\s*($|[^(])");
  private static final Pattern WEAK_TEST_NAME =
      Pattern.compile("^ *void (test|should)[A-Z]\\w*\\(");

  private final Repository repository = Repository.here();

  @Test
  void topLevelHoldsNothingUnexpected() {
    List<String> strangers =
        repository.topLevel().stream()
            .map(Path::toString)
            .filter(name -> !TOP_LEVEL.contains(name))
            .toList();
    report(strangers, "the top level is fixed: move the file into a module or docs/");
  }

  @Test
  void topLevelIsComplete() {
    List<String> missing =
        new TreeSet<>(TOP_LEVEL)
            .stream().filter(name -> !repository.contains(Path.of(name))).toList();
    report(missing, "people look for this at the top: put it back");
  }

  @Test
  void filesFitInOneHead() {
    List<String> long_ =
        repository.textFiles().stream()
            .filter(file -> !WHOLE_FILES.contains(file.toString()))
            .filter(file -> repository.lines(file).size() > FILE_LINES_MAX)
            .map(file -> file + " has " + repository.lines(file).size() + " lines")
            .toList();
    report(long_, "at most " + FILE_LINES_MAX + " lines: split by subject");
  }

  @Test
  void nothingIsLeftForLater() {
    report(
        matches(repository.textFiles(), LEFTOVER),
        "do it now, or open an issue and say in the code what holds today");
  }

  @Test
  void testsWaitForEventsNotForTime() {
    List<Path> tests = javaFiles().filter(file -> file.toString().contains("src/test/")).toList();
    report(
        matches(tests, SLEEP),
        "wait for the event itself: a latch, a future, a line of output, a status call");
  }

  @Test
  void everyTestClassIsRun() {
    List<String> unseen =
        javaFiles()
            .filter(file -> file.toString().contains("src/test/"))
            .filter(file -> !file.toString().endsWith("Test.java"))
            .filter(file -> !file.toString().endsWith("IT.java"))
            .filter(
                file -> has(file, Pattern.compile("^ *@(Test|ParameterizedTest|TestFactory)\\b")))
            .map(Path::toString)
            .toList();
    report(unseen, "only XTest and XIT run: rename the class");
  }

  @Test
  void everySkippedTestSaysWhy() {
    report(matches(javaFiles().toList(), BARE_DISABLED), "write the reason: @Disabled(\"...\")");
  }

  @Test
  void promisesNameTheTests() {
    List<Path> tests = javaFiles().filter(file -> file.toString().contains("src/test/")).toList();
    report(
        matches(tests, WEAK_TEST_NAME),
        "name the promise: followerServesReadOnlyAfterApplyingReadIndex()");
  }

  @Test
  void everyRoomSaysWhatItHolds() {
    List<String> silent =
        javaFiles()
            .filter(file -> file.toString().contains("src/main/java/"))
            .map(file -> file.resolveSibling("package-info.java"))
            .distinct()
            .filter(room -> !repository.contains(room) || !isNullMarkedWithSentence(room))
            .map(Path::toString)
            .toList();
    report(silent, "add package-info.java with one `///` sentence and @NullMarked");
  }

  @Test
  void everyRoomIsOnTheFloorPlan() {
    String plan = String.join("\n", repository.lines(Path.of("docs/architecture.md")));
    List<String> unknown =
        javaFiles()
            .filter(file -> file.toString().contains("src/main/java/"))
            .map(file -> file.toString().replaceFirst(".*src/main/java/", ""))
            .map(file -> file.substring(0, file.lastIndexOf('/')).replace('/', '.'))
            .distinct()
            .filter(room -> !plan.contains("`" + room + "`"))
            .toList();
    report(unknown, "give the package one sentence in docs/architecture.md");
  }

  @Test
  void textHasNoTabsAndNoBlanksAtLineEnds() {
    List<Path> ours =
        repository.textFiles().stream().filter(file -> !file.endsWith("LICENSE")).toList();
    report(
        matches(ours, Pattern.compile("\t|[^ ] +$|^ +$")),
        "no tabs, no spaces at line ends: run ./vx format or your editor's clean-up");
  }

  @Test
  void linksInDocumentsResolve() {
    List<String> broken = new ArrayList<>();
    for (Path document : repository.filesEndingWith(".md")) {
      for (String target : links(document)) {
        if (!resolves(document, target)) {
          broken.add(document + " -> " + target);
        }
      }
    }
    report(broken, "correct the path, or the heading after the #");
  }

  private java.util.stream.Stream<Path> javaFiles() {
    return repository.filesEndingWith(".java").stream();
  }

  private boolean has(Path file, Pattern pattern) {
    return repository.lines(file).stream().anyMatch(line -> pattern.matcher(line).find());
  }

  private boolean isNullMarkedWithSentence(Path room) {
    return has(room, Pattern.compile("^@NullMarked")) && has(room, Pattern.compile("^/// \\S"));
  }

  private List<String> matches(List<Path> files, Pattern pattern) {
    List<String> found = new ArrayList<>();
    for (Path file : files) {
      List<String> lines = repository.lines(file);
      IntStream.range(0, lines.size())
          .filter(i -> pattern.matcher(lines.get(i)).find())
          .forEach(i -> found.add(file + ":" + (i + 1) + ": " + lines.get(i).strip()));
    }
    return found;
  }

  private List<String> links(Path document) {
    List<String> targets = new ArrayList<>();
    boolean code = false;
    for (String line : repository.lines(document)) {
      if (line.startsWith("```")) {
        code = !code;
      }
      Matcher link = LINK.matcher(code ? "" : line);
      while (link.find()) {
        targets.add(link.group(1));
      }
    }
    return targets;
  }

  private boolean resolves(Path document, String target) {
    if (target.matches("(https?|mailto):.*")) {
      return true;
    }
    String[] parts = target.split("#", 2);
    Path folder = document.getParent() == null ? Path.of("") : document.getParent();
    Path file = parts[0].isEmpty() ? document : folder.resolve(parts[0]).normalize();
    return repository.contains(file)
        && (parts.length == 1
            || !file.toString().endsWith(".md")
            || anchors(file).contains(parts[1]));
  }

  /// The anchors a Markdown viewer makes of the headings.
  private Set<String> anchors(Path document) {
    return repository.lines(document).stream()
        .map(HEADING::matcher)
        .filter(Matcher::matches)
        .map(heading -> heading.group(1).toLowerCase(java.util.Locale.ROOT))
        .map(heading -> heading.replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  private static void report(List<String> blemishes, String remedy) {
    assertTrue(
        blemishes.isEmpty(),
        () -> remedy + System.lineSeparator() + "  " + String.join("\n  ", blemishes));
  }
}
