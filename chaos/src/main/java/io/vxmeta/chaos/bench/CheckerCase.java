package io.vxmeta.chaos.bench;

import io.vxmeta.chaos.check.linear.RegisterHistory;
import io.vxmeta.chaos.check.linear.ServerOrder;
import io.vxmeta.chaos.check.linear.Verdict;
import io.vxmeta.chaos.check.linear.Zones;
import io.vxmeta.chaos.check.txn.Model;
import io.vxmeta.chaos.check.txn.TransactionChecker;
import io.vxmeta.chaos.check.txn.Verdict.Outcome;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// One measurement of a checker: a valid history of a size, and how long it takes to be found
/// valid.
enum CheckerCase {
  LIST_APPEND_250K("list-append-250k", Checker.LISTS, 250_000, 20),
  LIST_APPEND_500K("list-append-500k", Checker.LISTS, 500_000, 20),
  LIST_APPEND_1M("list-append-1m", Checker.LISTS, 1_000_000, 20),
  LIST_APPEND_1M_C10("list-append-1m-c10", Checker.LISTS, 1_000_000, 10),
  LIST_APPEND_1M_C100("list-append-1m-c100", Checker.LISTS, 1_000_000, 100),
  LINEAR_L1("linear-l1", Checker.SERVER_ORDER, 4_000_000, 20),
  LINEAR_L2("linear-l2", Checker.ZONES, 4_000_000, 20);

  /// Who judges.
  private enum Checker {
    LISTS,
    SERVER_ORDER,
    ZONES
  }

  private static final double NANOS_PER_SECOND = 1e9;

  private final String word;
  private final Checker checker;
  private final int size;
  private final int concurrency;

  CheckerCase(String word, Checker checker, int size, int concurrency) {
    this.word = word;
    this.checker = checker;
    this.size = size;
    this.concurrency = concurrency;
  }

  String word() {
    return word;
  }

  static Optional<CheckerCase> named(String word) {
    return Arrays.stream(values()).filter(one -> one.word.equals(word)).findFirst();
  }

  /// What came out, in the units of the case.
  record Result(CheckerCase of, int size, double seconds, long peakMb) {
    private double perSecond() {
      return size / seconds;
    }

    String json() {
      String form =
          of.checker == Checker.LISTS
              ? "{\"bench\":\"checker\",\"case\":\"%s\",\"txns\":%d,\"seconds\":%.2f,\"peak_mb\":%d}"
              : "{\"bench\":\"checker\",\"case\":\"%s\",\"operations\":%d,\"seconds\":%.3f,\"peak_mb\":%d,"
                  + "\"operations_per_s\":%.0f}";
      return String.format(Locale.ROOT, form, of.word, size, seconds, peakMb, perSecond());
    }

    String line() {
      return String.format(
          Locale.ROOT,
          "%-20s %,10d in %7.2f s   %,12.0f/s   peak %,6d MB",
          of.word,
          size,
          seconds,
          perSecond(),
          peakMb);
    }
  }

  Result measure(long seed) {
    return measure(seed, size);
  }

  /// A case of another size, for warm-up. For transactions the time contains making the history up,
  /// event by event, as a recorder would hand it over; for single keys it does not.
  Result measure(long seed, int size) {
    PeakMemory memory = new PeakMemory();
    double seconds =
        switch (checker) {
          case LISTS -> lists(seed, size);
          case SERVER_ORDER, ZONES -> registers(seed, size);
        };
    return new Result(this, size, seconds, memory.megabytes());
  }

  private double lists(long seed, int size) {
    long start = System.nanoTime();
    var verdict =
        TransactionChecker.check(
            new SimulatedLists(seed, concurrency).run(size), Model.STRICT_SERIALIZABLE);
    double seconds = (System.nanoTime() - start) / NANOS_PER_SECOND;
    expect(verdict.outcome() == Outcome.VALID, seed, verdict);
    return seconds;
  }

  private double registers(long seed, int size) {
    RegisterHistory history = new SimulatedRegisters(seed, concurrency).run(size);
    long start = System.nanoTime();
    Verdict verdict = checker == Checker.ZONES ? Zones.judge(history) : ServerOrder.judge(history);
    double seconds = (System.nanoTime() - start) / NANOS_PER_SECOND;
    expect(verdict instanceof Verdict.Holds, seed, verdict);
    return seconds;
  }

  private void expect(boolean valid, long seed, Object verdict) {
    if (!valid) {
      throw new IllegalStateException(
          "expected a valid history to be found valid: case="
              + word
              + " seed="
              + seed
              + " verdict="
              + verdict
              + "; mend the checker or the simulated store");
    }
  }
}
