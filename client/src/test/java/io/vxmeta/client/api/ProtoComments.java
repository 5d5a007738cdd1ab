package io.vxmeta.client.api;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a .proto file says above each of its declarations.
final class ProtoComments {
  /* Compiled descriptors know every name and type but no comment, so only the comments are read from the text. The reader
   * knows the forms our files use, one declaration a line, and refuses everything else: a form it does not know, a comment
   * that stands above nothing. (A descriptor set of protoc has comments, too, but the Maven plugin builds everything anew each
   * time for it.) Whether it missed or made up a declaration is for who has the descriptors (ApiReference). */

  /// The file's own comment, above `syntax`.
  static final String FILE = "";

  private static final Pattern HEAD =
      Pattern.compile("syntax = \"proto3\";|import \"[\\w./]+\";|option \\w+ = [\\w\".]+;");
  private static final Pattern PACKAGE = Pattern.compile("package ([\\w.]+);");
  private static final Pattern OPEN =
      Pattern.compile("(service|message|enum|oneof) (\\w+) \\{(}?)");
  private static final Pattern RPC =
      Pattern.compile("rpc (\\w+)\\((?:stream )?\\w+\\) returns \\((?:stream )?\\w+\\);");
  private static final Pattern FIELD =
      Pattern.compile("(?:(?:repeated|optional) )?[\\w.]+ (\\w+) = \\d+;");
  private static final Pattern VALUE = Pattern.compile("(\\w+) = \\d+;");

  private final String file;
  private final Map<String, List<String>> byName = new LinkedHashMap<>();

  /// Names of what the line is inside of, the package outermost.
  private final Deque<String> scopes = new ArrayDeque<>();

  private List<String> waiting = new ArrayList<>();

  private ProtoComments(String file) {
    this.file = file;
  }

  static ProtoComments of(String file, List<String> lines) {
    ProtoComments comments = new ProtoComments(file);
    for (int at = 0; at < lines.size(); at++) {
      comments.read(lines.get(at).strip(), at + 1);
    }
    if (comments.scopes.size() != 1) {
      throw comments.unknown("the end of the file inside of " + comments.scopes, lines.size());
    }
    comments.nothingWaits(lines.size());
    return comments;
  }

  /// Every declaration, by its full name; a value of an enum below its enum, and the file.
  Set<String> names() {
    return Collections.unmodifiableSet(byName.keySet());
  }

  /// Lines without slashes and the blank behind them; none = there is no comment.
  List<String> of(String name) {
    List<String> lines = byName.get(name);
    if (lines == null) {
      throw new IllegalStateException("not declared in " + file + ": name=" + name);
    }
    return lines;
  }

  private void read(String line, int number) {
    if (line.startsWith("//")) {
      waiting.add(line.replaceFirst("^// ?", ""));
    } else if (line.isEmpty()) {
      nothingWaits(number);
    } else if (line.equals("}")) {
      nothingWaits(number);
      close(number);
    } else {
      declaration(line, number);
    }
  }

  private void declaration(String line, int number) {
    Matcher open = OPEN.matcher(line);
    Matcher one = RPC.matcher(line);
    if (HEAD.matcher(line).matches()) {
      if (line.startsWith("syntax")) {
        declare(FILE, number);
      }
      nothingWaits(number);
    } else if (PACKAGE.matcher(line).matches()) {
      nothingWaits(number);
      scopes.push(line.substring("package ".length(), line.length() - 1));
    } else if (open.matches()) {
      open(open, number);
    } else if (one.matches() || matches(one, FIELD) || matches(one, VALUE)) {
      declare(within(one.group(1)), number);
    } else {
      throw unknown(line, number);
    }
  }

  private static boolean matches(Matcher matcher, Pattern pattern) {
    return matcher.usePattern(pattern).matches();
  }

  /// Fields of a oneof belong to the message around it.
  private void open(Matcher open, int number) {
    String name = within(open.group(2));
    declare(name, number);
    if (open.group(3).isEmpty()) {
      scopes.push(open.group(1).equals("oneof") ? scopes.element() : name);
    }
  }

  private void close(int number) {
    if (scopes.size() < 2) {
      throw unknown("}", number);
    }
    scopes.pop();
  }

  private String within(String name) {
    return scopes.isEmpty() ? name : scopes.element() + "." + name;
  }

  private void declare(String name, int number) {
    if (byName.put(name, List.copyOf(waiting)) != null) {
      throw unknown("a second " + name, number);
    }
    waiting = new ArrayList<>();
  }

  private void nothingWaits(int number) {
    if (!waiting.isEmpty()) {
      throw unknown("a comment that stands above no declaration: " + waiting, number);
    }
  }

  private IllegalStateException unknown(String what, int number) {
    return new IllegalStateException(
        "expected one declaration a line with its comment right above it: file="
            + file
            + " line="
            + number
            + " found="
            + what
            + "; write it so, or teach ProtoComments the form");
  }
}
