package io.vxmeta.client.cli.reference;

import io.vxmeta.client.cli.reference.CommandPage.Argument;
import io.vxmeta.client.cli.reference.CommandPage.Flag;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The commands as docs/vxctl-commands.md has them.
///
/// @param common flags that are explained once, before all sections
public record MarkdownReference(Set<String> common) {

  private static final String HEAD =
      """
      # vxctl, command by command

      Written by `vxctl man --markdown` from the definitions that parse the command line; a test compares. Formats, contexts and exit codes are
      in [vxctl.md](vxctl.md).

      """;

  public MarkdownReference {
    common = Collections.unmodifiableSet(new TreeSet<>(common));
  }

  /// The whole document.
  public String document(List<CommandPage> pages) {
    return HEAD + pages.stream().map(this::section).collect(Collectors.joining("\n\n")) + "\n";
  }

  /// The section of one command, without a line end behind it.
  public String section(CommandPage page) {
    StringBuilder text = new StringBuilder();
    text.append("## ").append(page.name()).append("\n\n");
    text.append('`').append(page.synopsis()).append("`\n");
    text.append(page.description()).append('\n');
    if (!page.verbs().isEmpty()) {
      text.append("Commands: ").append(code(page.verbs())).append(".\n");
    }
    List<Flag> own =
        page.flags().stream().filter(flag -> !common.contains(flag.longest())).toList();
    if (!own.isEmpty() || !page.arguments().isEmpty()) {
      text.append("\n| argument, flag | meaning |\n| --- | --- |\n");
      page.arguments().forEach(argument -> row(text, argument));
      own.forEach(flag -> row(text, flag));
    }
    List<String> shared =
        page.flags().stream().map(Flag::longest).filter(common::contains).toList();
    if (!shared.isEmpty() && page.verbs().isEmpty()) {
      text.append("\nAnd ").append(code(shared)).append(".\n");
    }
    return text.toString().stripTrailing();
  }

  private static String code(List<String> words) {
    return words.stream().map(word -> "`" + word + "`").collect(Collectors.joining(", "));
  }

  private static void row(StringBuilder text, Argument argument) {
    text.append("| `")
        .append(argument.label())
        .append("` | ")
        .append(cell(argument.description()))
        .append(" |\n");
  }

  private static void row(StringBuilder text, Flag flag) {
    text.append("| ").append(code(flag.names()));
    text.append(flag.label().isEmpty() ? "" : " " + cell(flag.label()));
    text.append(" | ").append(cell(flag.description()));
    text.append(flag.byDefault().isEmpty() ? "" : " Default: `" + flag.byDefault() + "`.");
    text.append(" |\n");
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}
