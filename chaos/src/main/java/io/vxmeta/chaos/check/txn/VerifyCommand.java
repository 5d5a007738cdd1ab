package io.vxmeta.chaos.check.txn;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.MalformedHistory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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
      description =
          "strict-serializable (default), serializable, snapshot-isolation, read-committed, ..., or linearizable for"
              + " registers (r, w, cas).")
  private String model = Model.STRICT_SERIALIZABLE.title();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "text|json",
      description =
          "text (default) adds the proofs, on standard error; json prints the lines alone.")
  private Output output = Output.text;

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      description =
          "Draws each cycle into DIR as ID-ANOMALY.svg and .dot, with the proof and the lines it rests on as .txt.")
  private Optional<Path> pictures = Optional.empty();

  @Parameters(paramLabel = "FILE", description = "The histories.")
  private Path file = Path.of("");

  private int worst = VALID;

  @Override
  public Integer call() {
    List<Model> models = Model.titled(model).stream().toList();
    if (models.isEmpty() && !model.equals(SingleKeys.MODEL)) {
      List<String> known =
          Stream.concat(
                  Arrays.stream(Model.values()).map(Model::title), Stream.of(SingleKeys.MODEL))
              .toList();
      System.err.println("vxctl: error: unknown model: model=" + model + "; use one of " + known);
      return USAGE;
    }
    try {
      HistoryReader.read(
          file, models.isEmpty() ? this::judgeKeys : history -> judge(history, models.getFirst()));
      return worst;
    } catch (IOException e) {
      System.err.println(
          "vxctl: error: cannot read the histories: file="
              + file
              + " reason="
              + e
              + "; check that it is there");
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

  private void judgeKeys(History history) {
    SingleKeys keys = SingleKeys.judge(history);
    System.out.println(keys.line());
    if (output == Output.text && !keys.proof().isEmpty()) {
      System.err.println(keys.proof());
    }
    worst = Math.max(worst, keys.exitCode(VALID, ANOMALY, UNDECIDED));
  }

  private void judge(History history, Model asked) {
    Verdict verdict = TransactionChecker.check(history, asked);
    System.out.println(line(history.id(), verdict));
    if (output == Output.text) {
      verdict.anomalies().forEach(anomaly -> System.err.println(anomaly.proof()));
    }
    pictures.ifPresent(directory -> Pictures.write(directory, history.id(), verdict));
    worst = Math.max(worst, exitCode(verdict));
  }

  /// An anomaly outweighs an undecided history: it is certain.
  private static int exitCode(Verdict verdict) {
    return switch (verdict.outcome()) {
      case VALID -> VALID;
      case INVALID -> ANOMALY;
      case UNKNOWN -> UNDECIDED;
    };
  }

  static String line(String id, Verdict verdict) {
    JsonObject json = new JsonObject();
    json.addProperty("id", id);
    json.add(
        "valid",
        switch (verdict.outcome()) {
          case VALID -> new JsonPrimitive(true);
          case INVALID -> new JsonPrimitive(false);
          case UNKNOWN -> new JsonPrimitive("unknown");
        });
    json.add("anomalies", strings(verdict.names()));
    json.add("not", strings(verdict.not()));
    if (!verdict.reason().isEmpty()) {
      json.addProperty("reason", verdict.reason());
    }
    return json.toString();
  }

  private static JsonArray strings(List<String> values) {
    JsonArray array = new JsonArray();
    values.forEach(array::add);
    return array;
  }
}
