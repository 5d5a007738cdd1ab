package io.vxmeta.client.cli.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// What there is to say of one command, read from its definition.
///
/// @param name with the commands above it, as in `vxctl node drain`
/// @param verbs names of the commands below it
public record CommandPage(
    String name,
    String description,
    List<Argument> arguments,
    List<Flag> flags,
    List<String> verbs) {

  public CommandPage {
    arguments = List.copyOf(arguments);
    flags = List.copyOf(flags);
    verbs = List.copyOf(verbs);
  }

  /// A word without dashes.
  ///
  /// @param label as it stands in the synopsis: `KEY...`, `[FILE]`
  public record Argument(String label, String description) {}

  /// A word with dashes.
  ///
  /// @param names the short one first
  /// @param label of its value; empty = it takes none
  /// @param byDefault its value when nobody gives one; empty = none
  public record Flag(List<String> names, String label, String description, String byDefault) {
    public Flag {
      names = List.copyOf(names);
    }

    /// The name people read.
    public String longest() {
      return names.get(names.size() - 1);
    }
  }

  /// One page per command, each before those below it, else by name: the order of methods is not
  /// defined.
  public static List<CommandPage> all(CommandSpec root) {
    List<CommandPage> pages = new ArrayList<>();
    pages.add(of(root));
    root.subcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .sorted(Comparator.comparing(CommandSpec::name))
        .forEach(each -> pages.addAll(all(each)));
    return pages;
  }

  private static CommandPage of(CommandSpec spec) {
    return new CommandPage(
        spec.qualifiedName(),
        text(spec.usageMessage().description()),
        spec.positionalParameters().stream()
            .sorted(Comparator.comparing(PositionalParamSpec::index))
            .map(each -> new Argument(label(each), text(each.description())))
            .toList(),
        spec.options().stream()
            .filter(option -> !option.hidden())
            .map(CommandPage::flag)
            .sorted(Comparator.comparing(Flag::longest))
            .toList(),
        spec.subcommands().keySet().stream().sorted().toList());
  }

  private static String label(PositionalParamSpec argument) {
    String label = argument.paramLabel() + (argument.arity().max() > 1 ? "..." : "");
    return argument.arity().min() == 0 ? "[" + label + "]" : label;
  }

  private static Flag flag(OptionSpec option) {
    List<String> names =
        Arrays.stream(option.names()).sorted(Comparator.comparingInt(String::length)).toList();
    boolean isSwitch = option.arity().max() == 0;
    return new Flag(
        names,
        isSwitch ? "" : option.paramLabel() + (option.arity().max() > 1 ? "..." : ""),
        text(option.description()),
        isSwitch ? "" : byDefault(option));
  }

  private static String byDefault(ArgSpec argument) {
    @Nullable String value = argument.defaultValue();
    return value == null ? "" : value;
  }

  /// picocli formats descriptions: `%%` is a percent sign, `%n` ends a line.
  private static String text(String[] lines) {
    return Arrays.stream(lines)
        .collect(Collectors.joining(" "))
        .replace("Default: ${DEFAULT-VALUE}", "")
        .replace("%n", " ")
        .replace("%%", "%")
        .strip();
  }

  public String synopsis() {
    String words =
        arguments.stream().map(argument -> " " + argument.label()).collect(Collectors.joining());
    return name + (verbs.isEmpty() ? " [FLAGS]" + words : " COMMAND [FLAGS] [ARGUMENTS]");
  }

  /// Up to the first full stop, colon or semicolon.
  public String summary() {
    return description.split("[.:;](\\s|$)", 2)[0];
  }
}
