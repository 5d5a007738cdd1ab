package io.vxmeta.chaos.verify;

import io.vxmeta.chaos.check.linear.OrderSearch;
import io.vxmeta.chaos.check.linear.Registers;
import io.vxmeta.chaos.check.linear.SequentialModel;
import io.vxmeta.chaos.check.txn.Model;
import io.vxmeta.chaos.check.txn.Pictures;
import io.vxmeta.chaos.check.txn.TransactionChecker;
import io.vxmeta.chaos.check.txn.Verdict;
import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.MalformedHistory;
import io.vxmeta.chaos.workload.AppendedLists;
import io.vxmeta.chaos.workload.Ruling;
import io.vxmeta.chaos.workload.Workload;
import io.vxmeta.chaos.workload.Workloads;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.zip.ZipException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vxctl verify`: judges recorded histories.
@Command(
    name = "verify",
    description =
        "Judges each history of FILE (JSON Lines, gzip or not) and prints one line of JSON for it. Exit code: 0 all"
            + " valid, 7 an anomaly, 5 undecided.",
    mixinStandardHelpOptions = true)
public final class VerifyCommand implements Callable<Integer> {
  /* Without a model a recorded run is judged as at its end, by the judge of the workload whose clients recorded it;
   * everything else as transactions that must be strictly serializable. */

  private static final String NOT_LINEARIZABLE = "not-linearizable";

  private static final int VALID = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final int UNDECIDED = 5;
  private static final int ANOMALY = 7;

  /// What is printed besides the line of each history.
  enum Output {
    text,
    json
  }

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      completionCandidates = Judge.Titles.class,
      description =
          "Who judges: ${COMPLETION-CANDIDATES}. Default: the judge of the workload that was recorded, and"
              + " strict-serializable for all else.")
  private String model = "";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "text|json",
      description =
          "text (default) adds the proofs and the lines they rest on, on standard error; json"
              + " prints the lines alone.")
  private Output output = Output.text;

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      description =
          "Draws into DIR each cycle between transactions as ID-ANOMALY.svg and .dot, and the calls around any other"
              + " conflict over time as .svg, with the proof and the lines it rests on as .txt.")
  private Optional<Path> pictures = Optional.empty();

  @Parameters(paramLabel = "FILE", description = "The histories.")
  private Path file = Path.of("");

  private int worst = VALID;

  @Override
  public Integer call() {
    Optional<Judge> named = Judge.titled(model);
    if (named.isEmpty() && !model.isEmpty()) {
      List<String> known = Judge.all().stream().map(Judge::title).toList();
      System.err.println("vxctl: error: unknown model: model=" + model + "; use one of " + known);
      return USAGE;
    }
    try {
      judge(named.isPresent() ? named.get() : fitting());
      return worst;
    } catch (IOException e) {
      System.err.println(
          "vxctl: error: cannot read the histories: file="
              + file
              + " reason="
              + e
              + "; "
              + remedy(e));
    } catch (UncheckedIOException e) {
      System.err.println(
          "vxctl: error: cannot write the pictures: directory="
              + pictures.orElse(Path.of(""))
              + " reason="
              + e.getCause()
              + "; name a directory that can be written");
    } catch (MalformedHistory e) {
      System.err.println("vxctl: error: " + e.getMessage());
    }
    return FAILED;
  }

  private String remedy(IOException e) {
    if (Files.isDirectory(file)) {
      return "it is a directory: name a file in it";
    }
    return switch (e) {
      case NoSuchFileException _ -> "check that it is there";
      case ZipException _ -> "its gzip data is damaged: take another copy";
      case EOFException _ -> "its gzip data ends too early: take a whole copy, after the run";
      default -> "check that it can be read";
    };
  }

  private Judge fitting() throws IOException {
    if (Files.exists(file) && !Files.isDirectory(file) && !Files.isRegularFile(file)) {
      throw new IOException(
          "expected a file that can be read twice, to see what it holds, or --model MODEL");
    }
    return Workloads.recordedIn(file)
        .<Judge>map(Judge.OfWorkload::new)
        .orElseGet(() -> new Judge.OfTransactions(Model.STRICT_SERIALIZABLE));
  }

  private void judge(Judge judge) throws IOException {
    switch (judge) {
      case Judge.OfTransactions(Model asked) ->
          HistoryReader.read(file, history -> transactions(history, asked));
      case Judge.OfWorkload(AppendedLists lists) ->
          HistoryReader.read(file, history -> lists(history, lists));
      case Judge.OfWorkload(Workload workload) -> workload(workload);
      case Judge.OfKeys(Judge.Grounds grounds) ->
          HistoryReader.read(file, history -> keys(history, grounds));
      case Judge.OfObjects(SequentialModel<?> model) ->
          HistoryReader.read(file, history -> objects(history, judge.title(), model));
      case Judge.OfReports(Judge.Reports reports) ->
          HistoryReader.read(file, history -> reports(history, reports));
    }
    if (pictures.isPresent() && judge instanceof Judge.OfReports) {
      System.err.println(
          "vxctl: note: nothing is drawn: only what clients asked for has pictures, and %s judges what they were told"
              .formatted(judge.title()));
    }
  }

  private void transactions(History history, Model asked) {
    Verdict verdict = checked(history, asked);
    tell(Answer.of(history.id(), asked.title(), verdict));
    pictures.ifPresent(directory -> Pictures.write(directory, history.id(), verdict));
  }

  private void lists(History history, AppendedLists lists) {
    Verdict verdict = checked(history, Model.STRICT_SERIALIZABLE);
    Ruling ruling =
        careful(
            lists.name(),
            () -> AppendedLists.ruling(history, verdict).quoting(history.operations()));
    tell(Answer.of(history.id(), lists.name(), ruling, verdict.not()));
    pictures.ifPresent(directory -> Pictures.write(directory, history.id(), verdict));
  }

  private void keys(History history, Judge.Grounds grounds) {
    String title = new Judge.OfKeys(grounds).title();
    Ruling ruling = careful(title, () -> linear(title, history, grounds));
    linear(history, title, ruling);
  }

  private void objects(History history, String title, SequentialModel<?> model) {
    Ruling ruling =
        careful(
            title,
            () ->
                Ruling.of(
                        title,
                        NOT_LINEARIZABLE,
                        OrderSearch.judge(model, history.operations(), OrderSearch.BUDGET_DEFAULT))
                    .quoting(history.operations()));
    linear(history, title, ruling);
  }

  private void linear(History history, String title, Ruling ruling) {
    List<String> not = ruling.findings().isEmpty() ? List.of() : List.of("linearizable");
    tell(Answer.of(history.id(), title, ruling, not));
    draw(history.id(), ruling);
  }

  private void draw(String id, Ruling ruling) {
    pictures.ifPresent(directory -> Drawings.write(directory, id, ruling.findings()));
  }

  private static Ruling linear(String title, History history, Judge.Grounds grounds) {
    Registers registers = new Registers();
    history.operations().forEach(registers::add);
    return Ruling.of(title, NOT_LINEARIZABLE, grounds.of(registers.judge()))
        .quoting(history.operations());
  }

  private void reports(History history, Judge.Reports reports) {
    String title = new Judge.OfReports(reports).title();
    Ruling ruling =
        careful(title, () -> reports.of(history.operations()).quoting(history.operations()));
    tell(Answer.of(history.id(), title, ruling, List.of()));
  }

  private void workload(Workload workload) throws IOException {
    Ruling ruling = careful(workload.name(), () -> workload.judge(file).quoting(file));
    String id = file.getFileName() + "";
    tell(Answer.of(id, workload.name(), ruling, List.of()));
    draw(id, ruling);
  }

  private interface Question<E extends Exception> {
    Ruling ask() throws E;
  }

  /// A judge takes its own kind of operations for granted; whatever else it stumbles over is
  /// another's history.
  private static <E extends Exception> Ruling careful(String title, Question<E> question) throws E {
    try {
      return question.ask();
    } catch (MalformedHistory e) {
      throw e;
    } catch (RuntimeException stumbled) {
      return new Ruling(title, List.of(), reason(title, stumbled), 0);
    }
  }

  /// The same of transactions, whose verdict says more than a ruling.
  private static Verdict checked(History history, Model asked) {
    try {
      return TransactionChecker.check(history, asked);
    } catch (RuntimeException stumbled) {
      String reason = reason(asked.title(), stumbled);
      return new Verdict(Verdict.Outcome.UNKNOWN, List.of(), List.of(), reason);
    }
  }

  private static String reason(String title, RuntimeException stumbled) {
    return "expected a history for the judge %s: cause=%s; name another model"
        .formatted(title, stumbled);
  }

  private void tell(Answer answer) {
    System.out.println(answer.line());
    if (output == Output.text) {
      answer.proofs().forEach(System.err::println);
    }
    // An anomaly outweighs an undecided history: it is certain.
    worst =
        Math.max(
            worst,
            switch (answer.outcome()) {
              case VALID -> VALID;
              case INVALID -> ANOMALY;
              case UNKNOWN -> UNDECIDED;
            });
  }
}
