package io.vxmeta.chaos.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vxctl chaos report`: draws the report of a finished run again.
@Command(
    name = "report",
    description =
        "Writes DIR/report.html from the record of a run, and prints its last line again. Exit code: the run's.",
    mixinStandardHelpOptions = true)
public final class ReportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "The folder of the run.")
  private Path folder = Path.of("");

  @Option(names = "--json", description = "Print the line as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    try {
      RunRecord record = RunRecord.read(folder);
      HtmlReport.write(record, folder);
      System.out.println(json ? record.json(folder) : record.line(folder));
      return record.exitCode();
    } catch (IOException e) {
      System.err.println(
          "vxctl: error: expected the folder of a finished run: directory=%s cause=%s"
              .formatted(folder, e));
      return ChaosCommand.FAILED;
    }
  }
}
