package io.vxmeta.client.cli;

import io.vxmeta.client.Release;
import io.vxmeta.client.cli.reference.CommandPage;
import io.vxmeta.client.cli.reference.ManPage;
import io.vxmeta.client.cli.reference.MarkdownReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Manual pages, made from the commands' own definitions.
@Command(
    name = "man",
    description =
        "Prints the manual page of a command, for man -l -, or writes those of all commands into a"
            + " directory. $SOURCE_DATE_EPOCH dates them; without it they have no date, so that"
            + " they are the same whenever they are made.",
    mixinStandardHelpOptions = true)
final class ManCommand implements Callable<Integer> {

  private static final String EPOCH = "SOURCE_DATE_EPOCH";

  private final Streams streams;
  private final Map<String, String> variables;
  private final Supplier<CommandLine> commands;

  @Parameters(
      paramLabel = "COMMAND",
      arity = "0..2",
      description = "A command, and its verb; vxctl itself when absent.")
  private List<String> words = List.of();

  @Option(names = "--dir", paramLabel = "DIR", description = "Write all pages into this directory.")
  private @Nullable Path directory;

  @Option(
      names = "--markdown",
      description = "Print the reference of all commands as docs/vxctl-commands.md has it.")
  private boolean markdown;

  ManCommand(Streams streams, Map<String, String> variables, Supplier<CommandLine> commands) {
    this.streams = streams;
    this.variables = variables;
    this.commands = commands;
  }

  @Override
  public Integer call() throws IOException {
    List<CommandPage> pages = CommandPage.all(commands.get().getCommandSpec());
    Path target = directory;
    if (markdown) {
      streams.out().print(reference(pages));
    } else if (target != null) {
      Path unused = Files.createDirectories(target);
      for (CommandPage page : pages) {
        ManPage man = page(page);
        unused = Files.writeString(target.resolve(man.fileName()), man.troff());
      }
      streams.err().println("vxctl: wrote " + pages.size() + " pages into " + target);
    } else {
      streams.out().print(page(wanted(pages)).troff());
    }
    streams.out().flush();
    return ExitCode.OK;
  }

  private CommandPage wanted(List<CommandPage> pages) {
    String name = String.join(" ", words);
    return pages.stream()
        .filter(page -> page.name().equals(("vxctl " + name).strip()))
        .findFirst()
        .orElseThrow(() ->
            new CommandFailed(
                ExitCode.NOT_MET,
                "no such command: command=" + name + "; vxctl --help lists the commands"));
  }

  private ManPage page(CommandPage page) {
    Map<String, String> codes = new LinkedHashMap<>();
    ExitCode.MEANINGS.forEach(each -> codes.put(Integer.toString(each.code()), each.text() + "."));
    return new ManPage(page, Release.VERSION, date(), codes);
  }

  private String date() {
    String epoch = variables.getOrDefault(EPOCH, "");
    if (epoch.isEmpty()) {
      return "";
    }
    try {
      return LocalDate.ofInstant(Instant.ofEpochSecond(Long.parseLong(epoch)), ZoneOffset.UTC)
          .toString();
    } catch (NumberFormatException notSeconds) {
      throw CommandFailed.usage(
          "a date is seconds since 1970: " + EPOCH + "=" + epoch + "; correct or unset it");
    }
  }

  /// Flags that many commands share.
  static Set<String> commonFlags(CommandLine.Model.CommandSpec root) {
    Set<String> common =
        new TreeSet<>(Set.of(SettingDefaults.CONTEXT_FLAG, "--no-headers", "--help", "--version"));
    root.subcommands().values().stream()
        .flatMap(line -> line.getCommandSpec().options().stream())
        .filter(SettingDefaults::isSetting)
        .forEach(option -> common.add(option.longestName()));
    return common;
  }

  private String reference(List<CommandPage> pages) {
    MarkdownReference reference =
        new MarkdownReference(commonFlags(commands.get().getCommandSpec()));
    return reference.document(pages.stream().skip(1).toList());
  }
}
