package io.vxmeta.client.cli;

import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.client.cli.ConfirmedLines.Line;
import io.vxmeta.client.cli.ConfirmedLines.Position;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Stores the records of a file through pipelined streams, and can go on where it was stopped.
@Command(
    name = "load",
    description =
        "Stores the records of a file of lines: JSON objects with key and value (key_base64,"
            + " value_base64 for other bytes; namespace and flags if wanted), or fields separated"
            + " by tabs. Remembers in FILE.vxload-state up to which line everything is stored, and"
            + " goes on there when run again.",
    mixinStandardHelpOptions = true)
final class LoadCommand implements Callable<Integer> {

  private static final long SAVE_NANOS = 500_000_000L;

  private final Streams streams;
  @Mixin private final Connection connection = new Connection();
  @Mixin private final NamespaceOption namespace = new NamespaceOption();
  @Mixin private final Output output = new Output();

  @Parameters(paramLabel = "FILE", description = "The file to load.")
  private Path file = Path.of("");

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description = "Where to remember how far it is; FILE.vxload-state by default.")
  private @Nullable Path state;

  @Option(names = "--restart", description = "Begin at the first line, whatever is remembered.")
  private boolean restart;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "jsonl or tsv; by default tsv for *.tsv and *.txt, else jsonl.")
  private LoadLine.@Nullable Format format;

  @Option(
      names = "--patience",
      paramLabel = "DURATION",
      defaultValue = "60s",
      description = "How long to wait for a part of the cluster that does not answer.")
  private String patience = "60s";

  LoadCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new CommandFailed(
          ExitCode.ERROR, "cannot read the file: file=" + file + "; check that it is there");
    }
    LoadState remembered =
        new LoadState(
            state == null ? file.resolveSibling(file.getFileName() + ".vxload-state") : state,
            file);
    Position start = restart ? new Position(0, 0) : remembered.read().orElse(new Position(0, 0));
    if (start.line() > 0) {
      streams.err().println("vxctl: going on behind line " + start.line());
    }
    Run run = new Run(remembered, start, Progress.on(streams.err(), "loaded", Files.size(file)));
    run.load();
    return ExitCode.OK;
  }

  private LoadLine.Format format() {
    LoadLine.Format given = format;
    if (given != null) {
      return given;
    }
    String name = String.valueOf(file.getFileName());
    return name.endsWith(".tsv") || name.endsWith(".txt")
        ? LoadLine.Format.tsv
        : LoadLine.Format.jsonl;
  }

  /// One pass over the file.
  private final class Run {
    private final LoadState remembered;
    private final ConfirmedLines lines;
    private final Position start;
    private final Progress progress;
    private final LoadLine.Format lineFormat = format();
    private final long startNanos = System.nanoTime();
    private long savedNanos = startNanos;
    private long records;

    Run(LoadState remembered, Position start, Progress progress) {
      this.remembered = remembered;
      this.start = start;
      this.lines = new ConfirmedLines(start);
      this.progress = progress;
    }

    void load() throws IOException, InterruptedException {
      progress.skip(start.offset());
      BulkWriter.Options options =
          BulkWriter.Options.DEFAULTS.giveUpAfter(Connection.duration("--patience", patience));
      try (InputStream in = Files.newInputStream(file);
          VxClient client = connection.open()) {
        in.skipNBytes(start.offset());
        client.shardMap();
        try (BulkWriter writer = client.bulkWriter(options)) {
          submitAll(new LineReader(in, start.offset()), writer);
          writer.flush();
        } finally {
          remembered.write(lines.confirmed());
        }
      }
      progress.end();
      lines.throwTrouble(stored() + "; run again to go on");
      remembered.forget();
      report();
    }

    private String stored() {
      long last = lines.confirmed().line();
      return last == 0 ? "no line is known to be stored" : "lines 1.." + last + " are stored";
    }

    private void submitAll(LineReader reader, BulkWriter writer)
        throws IOException, InterruptedException {
      long number = start.line();
      long before = start.offset();
      while (!lines.isTroubled()) {
        number++;
        Optional<Transaction> transaction;
        try {
          Optional<String> text = reader.next();
          if (text.isEmpty()) {
            return;
          }
          transaction = transaction(text.get());
        } catch (IllegalArgumentException malformed) {
          Line line = lines.onRead(new Position(number, before));
          lines.onTrouble(line, ExitCode.ERROR, String.valueOf(malformed.getMessage()));
          return;
        }
        Line line = lines.onRead(new Position(number, reader.offset()));
        if (transaction.isPresent()) {
          submit(writer, transaction.get(), line);
        } else {
          lines.onStored(line);
        }
        progress.advance(transaction.isPresent() ? 1 : 0, reader.offset() - before);
        before = reader.offset();
        saveNowAndThen();
      }
    }

    /// Empty lines are passed over.
    private Optional<Transaction> transaction(String text) {
      if (text.isBlank()) {
        return Optional.empty();
      }
      records++;
      return Optional.of(LoadLine.parse(text, lineFormat).transaction(namespace.name()));
    }

    private void submit(BulkWriter writer, Transaction transaction, Line line)
        throws InterruptedException {
      CompletableFuture<Void> unused =
          writer.submit(transaction).thenAccept(outcome -> onOutcome(line, outcome));
    }

    private void onOutcome(Line line, Outcome<WriteAnswer> outcome) {
      if (outcome instanceof Outcome.Done) {
        lines.onStored(line);
        return;
      }
      try {
        WriteAnswer unused = outcome.orThrow();
      } catch (CallFailed failed) {
        lines.onTrouble(line, ExitCode.of(failed), Vxctl.withReason(failed));
      }
    }

    private void saveNowAndThen() {
      long now = System.nanoTime();
      if (now - savedNanos > SAVE_NANOS) {
        savedNanos = now;
        remembered.write(lines.confirmed());
      }
    }

    private void report() {
      double seconds = Math.max(1e-3, (System.nanoTime() - startNanos) / 1e9);
      output.print(
          streams,
          Listing.of(
                  "",
                  json ->
                      json.beginObject()
                          .name("records")
                          .value(records)
                          .name("lines")
                          .value(lines.confirmed().line())
                          .name("seconds")
                          .value(seconds)
                          .name("records_per_second")
                          .value(records / seconds)
                          .endObject())
              .named(List.of(file.toString()))
              .line("loaded records=" + records + " lines=" + lines.confirmed().line()));
    }
  }
}
