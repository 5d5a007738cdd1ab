package io.vxmeta.deploy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The commands of ours that a document tells people to type.
final class DocumentedCommands {
  /* A block is fenced without a language or with a shell's, or indented by four. In a block whatever a shell would run is a
   * command: behind a variable, in a pipe, in a substitution, handed to kubectl or docker. Two blanks end it, because
   * what follows them explains it. In a sentence only what begins with one of ours in backquotes is a command. */

  /// One of ours with its arguments.
  ///
  /// @param place where it stands, for people
  record Command(String place, List<String> words) {
    Command {
      words = List.copyOf(words);
    }

    /// `vx`, `vxctl`, `vxmeta` or `vxmeta-health`.
    String program() {
      return words.getFirst().replaceFirst(".*/", "");
    }

    List<String> arguments() {
      return words.subList(1, words.size());
    }

    @Override
    public String toString() {
      return place + ": " + String.join(" ", words);
    }
  }

  private static final Pattern OURS =
      Pattern.compile("\\./vx|(\\S*/)?vxctl|(\\S*/)?vxmeta(-health)?");

  /// Languages of fences that are commands; the empty one is none.
  private static final Set<String> SHELLS = Set.of("", "sh", "bash", "console");

  /// Words that stand before a command and are none themselves.
  private static final Set<String> BEFORE_COMMANDS =
      Set.of("until", "while", "if", "then", "do", "!", "sudo", "exec", "time", "$");

  /// Programs that run a command given to them.
  private static final Set<String> RUNNERS = Set.of("kubectl", "docker");

  private static final Pattern VARIABLE = Pattern.compile("[A-Z_]+=\\S*");

  /// A quoted text, an operator, a comment, or a word.
  private static final Pattern TOKEN =
      Pattern.compile(
          "'[^']*'|\"[^\"]*\"|[<$]\\(|[|;&()]+|\\d?[<>]+|(?:[^\\s|;&()<>\"']|<[A-Z]+>)+");

  private static final Pattern SPAN = Pattern.compile("`([^`]+)`");

  private final Path document;
  private final List<Command> inBlocks = new ArrayList<>();
  private final List<String> sentences = new ArrayList<>();

  private DocumentedCommands(Path document) {
    this.document = document;
  }

  static DocumentedCommands of(Path document, List<String> lines) {
    DocumentedCommands commands = new DocumentedCommands(document);
    String fence = "";
    boolean fenced = false;
    for (int at = 0; at < lines.size(); at++) {
      String line = lines.get(at);
      if (line.strip().startsWith("```")) {
        fenced = !fenced;
        fence = line.strip().substring(3);
        commands.sentences.add("");
      } else if (fenced ? SHELLS.contains(fence) : line.startsWith("    ")) {
        int first = at;
        StringBuilder whole = new StringBuilder(line.strip());
        while (whole.toString().endsWith("\\") && at + 1 < lines.size()) {
          whole.setLength(whole.length() - 1);
          whole.append(lines.get(++at).strip());
        }
        commands.read(whole.toString(), first + 1);
      } else if (!fenced) {
        commands.sentences.add(line);
      }
    }
    return commands;
  }

  List<Command> inBlocks() {
    return List.copyOf(inBlocks);
  }

  /// A span may be broken across lines of a paragraph.
  List<Command> inSentences() {
    List<Command> found = new ArrayList<>();
    String paragraphs =
        sentences.stream()
            .map(line -> line.isBlank() || line.startsWith("|") ? "\n" + line + "\n" : line + " ")
            .collect(Collectors.joining());
    for (String paragraph : paragraphs.lines().toList()) {
      Matcher span = SPAN.matcher(paragraph);
      while (span.find()) {
        for (List<String> words : simpleCommands(span.group(1))) {
          if (OURS.matcher(words.getFirst()).matches()) {
            found.add(new Command(document.toString(), words));
          }
        }
      }
    }
    return found;
  }

  private void read(String line, int number) {
    String typed = line.replaceFirst("(?<=\\S) {2,}.*", "");
    for (List<String> words : simpleCommands(typed)) {
      int at = 0;
      while (at < words.size()
          && (BEFORE_COMMANDS.contains(words.get(at))
              || VARIABLE.matcher(words.get(at)).matches())) {
        at++;
      }
      if (at < words.size() && RUNNERS.contains(words.get(at))) {
        while (at < words.size() && !OURS.matcher(words.get(at)).matches()) {
          at++;
        }
      }
      if (at < words.size() && OURS.matcher(words.get(at)).matches()) {
        inBlocks.add(new Command(document + ":" + number, words.subList(at, words.size())));
      }
    }
  }

  /// What a shell would run one after the other, each as its words.
  private static List<List<String>> simpleCommands(String line) {
    List<List<String>> commands = new ArrayList<>();
    List<String> words = new ArrayList<>();
    Matcher token = TOKEN.matcher(line);
    boolean file = false;
    while (token.find()) {
      String word = token.group();
      if (word.startsWith("#")) {
        break;
      } else if (word.matches("[<$]\\(|[|;&()]+")) {
        addIfAny(words, commands);
        words = new ArrayList<>();
        file = false;
      } else if (word.matches("\\d?[<>]+")) {
        file = true;
      } else if (file) {
        file = false;
      } else {
        words.add(word.replaceAll("^['\"]|['\"]$", ""));
      }
    }
    addIfAny(words, commands);
    return commands;
  }

  private static void addIfAny(List<String> words, List<List<String>> commands) {
    if (!words.isEmpty()) {
      commands.add(words);
    }
  }
}
