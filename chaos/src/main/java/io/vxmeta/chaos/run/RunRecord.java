package io.vxmeta.chaos.run;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import io.vxmeta.chaos.workload.Judgement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All that is known of a run once it is over; the report is drawn from it.
///
/// @param seconds from the start of the traffic to the last judgement
/// @param troubles what the run itself found, beside the workloads' checkers: a node that did not
///   come back, no progress, a fault without evidence
record RunRecord(
    long seed,
    String driver,
    String started,
    String machine,
    double seconds,
    List<FaultEntry> faults,
    List<NotDone> notDone,
    List<PeriodEntry> periods,
    List<Verdict> verdicts,
    List<Trouble> troubles,
    int digestMismatches,
    List<Throughput.Second> traffic) {

  private static final String FILE = "run.json";
  private static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().serializeSpecialFloatingPointValues().create();

  /// One fault that was in force; times in seconds from the start of the traffic.
  record FaultEntry(
      String name,
      String family,
      double from,
      double to,
      String description,
      boolean bit,
      String evidence,
      long writeGapMs) {
    /// Whether a period of the plan dealt it and it had an effect; the minority that stays away at
    /// the end is no such fault.
    boolean bitAsPlanned() {
      return bit && !name.equals(Siege.LIVENESS);
    }

    FaultEntry withWriteGap(long otherMs) {
      return new FaultEntry(name, family, from, to, description, bit, evidence, otherMs);
    }
  }

  /// A fault of the plan that was not inflicted, and why.
  record NotDone(double at, String fault, String why) {}

  record PeriodEntry(double from, double to, List<String> faults) {}

  /// A checker's word on one workload.
  record Verdict(
      String workload,
      String checker,
      Judgement.Outcome outcome,
      long operations,
      long checked,
      long lost,
      List<Judgement.Finding> findings,
      String reason,
      String history) {
    static Verdict of(String workload, Judgement judgement, Path folder) {
      return new Verdict(
          workload,
          judgement.checker(),
          judgement.outcome(),
          judgement.operations(),
          judgement.checked(),
          judgement.lost(),
          judgement.findings(),
          judgement.reason(),
          folder.relativize(judgement.history()).toString());
    }
  }

  /// How bad a trouble is: the cluster broke a promise, or the run proves less than it should.
  enum Weight {
    ANOMALY,
    UNDECIDED
  }

  record Trouble(double at, String name, Weight weight, String text) {}

  long operations() {
    return verdicts.stream().mapToLong(Verdict::operations).sum();
  }

  long checked() {
    return verdicts.stream().mapToLong(Verdict::checked).sum();
  }

  long lost() {
    return verdicts.stream().mapToLong(Verdict::lost).sum();
  }

  long anomalies() {
    return verdicts.stream().map(Verdict::findings).mapToLong(Collection::size).sum()
        + troubles(Weight.ANOMALY).count();
  }

  long unknown() {
    return verdicts.stream()
            .filter(verdict -> verdict.outcome() == Judgement.Outcome.UNKNOWN)
            .count()
        + troubles(Weight.UNDECIDED).count();
  }

  Stream<Trouble> troubles(Weight weight) {
    return troubles.stream().filter(trouble -> trouble.weight() == weight);
  }

  long faultsThatBit() {
    return thatBit().count();
  }

  /// Kinds of faults that were in force and bit.
  long faultKinds() {
    return thatBit().map(FaultEntry::name).distinct().count();
  }

  long faultFamilies() {
    return thatBit().map(FaultEntry::family).distinct().count();
  }

  private Stream<FaultEntry> thatBit() {
    return faults.stream().filter(FaultEntry::bitAsPlanned);
  }

  /// The 99th percentile, over the faults, of the longest time any group acknowledged no write
  /// during and right after the fault.
  long writeGapP99Ms() {
    return percentile(thatBit().map(FaultEntry::writeGapMs).toList(), 99);
  }

  static long percentile(Collection<Long> values, int percent) {
    List<Long> sorted = values.stream().sorted().toList();
    return sorted.isEmpty() ? 0 : sorted.get(Math.max(0, (sorted.size() * percent + 99) / 100 - 1));
  }

  /// 0 nothing wrong, 7 an anomaly, 5 undecided.
  int exitCode() {
    if (anomalies() > 0 || lost() > 0 || digestMismatches > 0) {
      return ChaosCommand.ANOMALY;
    }
    return unknown() > 0 ? ChaosCommand.UNDECIDED : ChaosCommand.VALID;
  }

  /// The last line of a run, for programs.
  String json(Path folder) {
    JsonObject line = new JsonObject();
    line.addProperty("seed", seed);
    line.addProperty("operations", operations());
    line.addProperty("checked", checked());
    line.addProperty("faults", faultsThatBit());
    line.addProperty("fault_kinds", faultKinds());
    line.addProperty("anomalies", anomalies());
    line.addProperty("unknown", unknown());
    line.addProperty("lost", lost());
    line.addProperty("digest_mismatches", digestMismatches);
    line.addProperty("write_gap_p99_ms", writeGapP99Ms());
    line.addProperty("report", folder.toString());
    return line.toString();
  }

  /// The same for people.
  String line(Path folder) {
    return String.format(
        Locale.ROOT,
        "%s: %,d operations (%,d checked), %d faults of %d kinds, %d anomalies, %d undecided, %d lost, %d digest"
            + " mismatches, write gap p99 %,d ms; report: %s",
        exitCode() == ChaosCommand.VALID
            ? "PASS"
            : exitCode() == ChaosCommand.ANOMALY ? "ANOMALY" : "UNDECIDED",
        operations(),
        checked(),
        faultsThatBit(),
        faultKinds(),
        anomalies(),
        unknown(),
        lost(),
        digestMismatches,
        writeGapP99Ms(),
        folder.resolve(HtmlReport.FILE));
  }

  RunSummary summary(Path folder) {
    String first =
        Stream.concat(
                troubles.stream().map(trouble -> trouble.name() + ": " + trouble.text()),
                verdicts.stream()
                    .flatMap(verdict -> verdict.findings().stream())
                    .map(finding -> finding.name() + ": " + finding.proof()))
            .findFirst()
            .map(text -> "\nfirst of all: " + text)
            .orElse("");
    String history =
        verdicts.stream()
            .filter(verdict -> verdict.outcome() == Judgement.Outcome.INVALID)
            .findFirst()
            .map(verdict -> "\nthe history that convicts: " + folder.resolve(verdict.history()))
            .orElse("");
    return new RunSummary(
        exitCode() == ChaosCommand.VALID,
        operations(),
        checked(),
        faultKinds(),
        faultFamilies(),
        "seed " + seed + ", " + line(folder) + first + history);
  }

  void write(Path folder) throws IOException {
    Files.writeString(folder.resolve(FILE), GSON.toJson(this));
  }

  /// Gson leaves out what a file lacks.
  private boolean isWhole() {
    return areThere(driver, started, machine, faults, notDone, periods, verdicts, troubles, traffic)
        && areThere(faults.toArray())
        && areThere(notDone.toArray())
        && notDone.stream().allMatch(one -> areThere(one.fault, one.why))
        && areThere(periods.toArray())
        && areThere(verdicts.toArray())
        && areThere(troubles.toArray())
        && areThere(traffic.toArray())
        && faults.stream()
            .allMatch(one -> areThere(one.name, one.family, one.description, one.evidence))
        && periods.stream().allMatch(one -> areThere(one.faults))
        && verdicts.stream()
            .allMatch(one ->
                areThere(
                    one.workload, one.checker, one.outcome, one.findings, one.reason, one.history))
        && troubles.stream().allMatch(one -> areThere(one.name, one.weight, one.text));
  }

  private static boolean areThere(@Nullable Object... fields) {
    return Stream.of(fields).allMatch(Objects::nonNull);
  }

  static RunRecord read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    try {
      RunRecord record = GSON.fromJson(Files.readString(file), RunRecord.class);
      if (record == null || !record.isWhole()) {
        throw new IOException(
            "expected the record of a run: file="
                + file
                + "; it is empty, of something else, or lacks fields");
      }
      return record;
    } catch (JsonParseException e) {
      throw new IOException("expected the record of a run: file=" + file + " cause=" + e, e);
    }
  }
}
