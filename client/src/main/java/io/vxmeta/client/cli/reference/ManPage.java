package io.vxmeta.client.cli.reference;

import io.vxmeta.client.cli.reference.CommandPage.Flag;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// One manual page in the language of man(7).
///
/// @param date of the release, as YYYY-MM-DD; may be empty
/// @param exitCodes with their meaning, in order
public record ManPage(
    CommandPage page, String version, String date, Map<String, String> exitCodes) {

  public ManPage {
    exitCodes = Collections.unmodifiableMap(new LinkedHashMap<>(exitCodes));
  }

  /// `vxctl-node-drain`.
  public String name() {
    return page.name().replace(' ', '-');
  }

  public String fileName() {
    return name() + ".1";
  }

  /// The page's source.
  public String troff() {
    StringBuilder text = new StringBuilder();
    text.append(".TH ")
        .append(escape(name().toUpperCase(Locale.ROOT)))
        .append(" 1 \"")
        .append(date)
        .append("\" \"vx-meta ")
        .append(version)
        .append("\" \"vx-meta\"\n");
    section(text, "NAME", name() + " - " + (page.summary().isEmpty() ? "vx-meta" : page.summary()));
    section(text, "SYNOPSIS", page.synopsis());
    section(text, "DESCRIPTION", page.description());
    entries(
        text,
        "COMMANDS",
        page.verbs().stream()
            .collect(
                Collectors.toMap(
                    verb -> verb,
                    verb -> "See " + name() + "-" + verb + "(1).",
                    (a, b) -> a,
                    LinkedHashMap::new)));
    Map<String, String> arguments = new LinkedHashMap<>();
    page.arguments().forEach(each -> arguments.put(each.label(), each.description()));
    entries(text, "ARGUMENTS", arguments);
    Map<String, String> flags = new LinkedHashMap<>();
    page.flags().forEach(each -> flags.put(head(each), meaning(each)));
    entries(text, "FLAGS", flags);
    entries(text, "EXIT STATUS", exitCodes);
    return text.toString();
  }

  private static String head(Flag flag) {
    return String.join(", ", flag.names()) + (flag.label().isEmpty() ? "" : " " + flag.label());
  }

  private static String meaning(Flag flag) {
    return flag.description()
        + (flag.byDefault().isEmpty() ? "" : " Default: " + flag.byDefault() + ".");
  }

  private static void section(StringBuilder text, String head, String body) {
    if (!body.isEmpty()) {
      text.append(".SH ").append(head).append('\n').append(escape(body)).append('\n');
    }
  }

  private static void entries(StringBuilder text, String head, Map<String, String> entries) {
    if (entries.isEmpty()) {
      return;
    }
    text.append(".SH ").append(head).append('\n');
    entries.forEach((name, meaning) ->
        text.append(".TP\n\\fB")
            .append(escape(name))
            .append("\\fR\n")
            .append(escape(meaning))
            .append('\n'));
  }

  /// Sentences on lines of their own, as man wants them; nothing is taken for a request.
  private static String escape(String text) {
    String plain = text.replace("\\", "\\e").replace("-", "\\-");
    return List.of(plain.split("(?<=[.;:]) +")).stream()
        .map(line -> line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line)
        .collect(Collectors.joining("\n"));
  }
}
