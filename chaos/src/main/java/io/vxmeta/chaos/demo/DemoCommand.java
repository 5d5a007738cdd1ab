package io.vxmeta.chaos.demo;

import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.VxHome;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `vxctl demo`: shows in under two minutes that a killed leader costs a pause and no data.
@Command(
    name = "demo",
    description =
        "Starts three nodes, writes real records while one reads, kills a leader with kill -9, and proves"
            + " that nothing acknowledged was lost or stale.",
    mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
  private static final int FAILED = 1;

  /// How the verdict is printed.
  private enum Report {
    WORDS,
    JSON
  }

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description =
          "Records to write: lines of `digest  path`, {\"key\":..,\"value\":..} or key, tab, value. Default:"
              + " the digests dpkg keeps of every installed file; made-up records where there is no dpkg.")
  private Optional<Path> input = Optional.empty();

  @Option(names = "--json", description = "Print the verdict as JSON, the rest on standard error.")
  void json(boolean wanted) {
    report = wanted ? Report.JSON : Report.WORDS;
  }

  private Report report = Report.WORDS;

  @Override
  public Integer call() throws InterruptedException {
    PrintStream story = report == Report.JSON ? System.err : System.out;
    Timeline timeline = new Timeline(story, screen());
    try {
      DemoRecords records = DemoRecords.load(input, DemoRecords.DPKG);
      Path folder = VxHome.emptyFolder("demo");
      DemoVerdict verdict = new Demo(records, folder, timeline, new Random()).run();
      System.out.println(report == Report.JSON ? verdict.json() : verdict.line());
      return verdict.passed() ? 0 : FAILED;
    } catch (NoSuchFileException e) {
      fail("there is no such file: input=" + e.getMessage() + "; give a readable file");
    } catch (CharacterCodingException e) {
      fail(
          "expected text in UTF-8: input="
              + input.map(Path::toString).orElse("dpkg")
              + "; convert it");
    } catch (IllegalArgumentException e) {
      fail(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      fail("cannot read or write: " + e);
    } catch (NodeStopped e) {
      fail(String.valueOf(e.getMessage()));
    }
    return FAILED;
  }

  /// One line in words, and with --json the verdict that a script waits for.
  private void fail(String message) {
    System.err.println("vxctl: error: " + message);
    if (report == Report.JSON) {
      System.out.println(
          "{\"demo\":\"FAIL\",\"written\":0,\"acknowledged\":0,\"read_back\":0,\"lost\":0,\"stale\":0,"
              + "\"failover_ms\":0,\"seconds\":0.0}");
    }
  }

  private static Timeline.Screen screen() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()
        ? Timeline.Screen.TERMINAL
        : Timeline.Screen.FILE;
  }
}
