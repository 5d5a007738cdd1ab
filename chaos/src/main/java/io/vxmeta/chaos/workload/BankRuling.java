package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.check.linear.BankTotals;
import io.vxmeta.chaos.check.linear.BankTotals.Bank;
import io.vxmeta.chaos.check.linear.Verdict;
import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.workload.Judgement.Finding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Rules on a history of banks: one total, nobody in debt, and in the end every account holds what
/// the acknowledged transfers say, give or take those in doubt.
final class BankRuling implements Completions.Listener {
  /* The last line is what finds a lost transfer: its two sides vanish together, and the total stays. */

  /// Transfers in doubt up to which all ways they may have ended are tried. A bank is closed at its
  /// first, so there are no more than clients.
  private static final int IN_DOUBT_MAX = 16;

  private static final Bank BANK =
      new Bank(BankTransfers.ACCOUNTS, BankTransfers.ACCOUNTS * BankTransfers.OPENING);

  private final Map<Long, OneBank> banks = new TreeMap<>();
  private final Completions completions = new Completions();

  private BankRuling() {}

  /// What is known of one bank.
  private static final class OneBank {
    private final List<List<Long>> reads = new ArrayList<>();
    private final List<Long> answers = new ArrayList<>();
    private final List<long[]> inDoubt = new ArrayList<>();
    private final long[] balances = new long[BankTransfers.ACCOUNTS];
    private long lastTransfer = -1;
    private long lastRead = -1;
    private String garbage = "";

    OneBank() {
      Arrays.fill(balances, BankTransfers.OPENING);
    }
  }

  static Ruling of(Path file) throws IOException {
    BankRuling ruling = new BankRuling();
    HistoryReader.operations(file, event -> ruling.completions.take(event, ruling));
    return ruling.rule();
  }

  private OneBank bank(Operation operation) {
    String name = operation.value().getFirst().key().toString();
    return banks.computeIfAbsent(
        Long.valueOf(name.substring(0, name.indexOf('/'))), _ -> new OneBank());
  }

  private static int account(Micro step) {
    String name = step.key().toString();
    return Integer.parseInt(name.substring(name.indexOf('/') + 1));
  }

  @Override
  public void asked(Operation asked) {
    // A transfer counts when it has ended; one that never does is in doubt, and its bank is closed.
    if (asked.value().getFirst() instanceof Micro.Add) {
      bank(asked).lastTransfer = asked.index();
    }
  }

  @Override
  public void ended(Completions.Completed operation) {
    OneBank bank = bank(operation.ended());
    boolean transfer = operation.asked().value().getFirst() instanceof Micro.Add;
    if (transfer && operation.is(Operation.Type.OK)) {
      add(bank.balances, effect(operation.ended()));
      bank.lastTransfer = operation.finished();
    } else if (transfer && operation.is(Operation.Type.INFO)) {
      bank.inDoubt.add(effect(operation.ended()));
    } else if (!transfer && operation.is(Operation.Type.OK)) {
      read(bank, operation);
    }
  }

  private static long[] effect(Operation transfer) {
    long[] effect = new long[BankTransfers.ACCOUNTS];
    for (Micro step : transfer.value()) {
      if (step instanceof Micro.Add add) {
        effect[account(add)] += add.amount();
      }
    }
    return effect;
  }

  private static void add(long[] balances, long[] effect) {
    for (int i = 0; i < balances.length; i++) {
      balances[i] += effect[i];
    }
  }

  private static void read(OneBank bank, Completions.Completed operation) {
    List<Long> balances = new ArrayList<>();
    for (Micro step : operation.ended().value()) {
      if (step instanceof Micro.ReadValue(_, Long balance)) {
        balances.add(balance);
      } else {
        bank.garbage = "" + step;
      }
    }
    bank.reads.add(balances);
    bank.answers.add(operation.finished());
    bank.lastRead = operation.invoked();
  }

  private Ruling rule() {
    Ruling ruling = new Ruling("bank", List.of(), "", 0);
    for (Map.Entry<Long, OneBank> each : banks.entrySet()) {
      OneBank bank = each.getValue();
      Ruling one = Ruling.of("bank", "wrong-total", totals(bank)).with(balances(bank));
      if (!bank.garbage.isEmpty()) {
        one = one.with(Ruling.found("bank", "garbage-read", bank.garbage));
      }
      ruling = ruling.with(one.naming("bank " + each.getKey()));
    }
    return banks.isEmpty() ? new Ruling("bank", List.of(), "nothing was asked", 0) : ruling;
  }

  private static Verdict totals(OneBank bank) {
    Verdict verdict = BankTotals.judge(BANK, bank.reads);
    return verdict instanceof Verdict.Broken broken
        ? broken.at(place -> Stream.of(bank.answers.get(place)))
        : verdict;
  }

  /// Whether the last read is what the transfers leave, with some way for those in doubt to end.
  private static Ruling balances(OneBank bank) {
    Ruling fine = new Ruling("bank", List.of(), "", 0);
    if (bank.lastRead < bank.lastTransfer
        || bank.inDoubt.size() > IN_DOUBT_MAX
        || bank.reads.isEmpty()
        || !bank.garbage.isEmpty()) {
      return fine;
    }
    long[] found = bank.reads.getLast().stream().mapToLong(balance -> balance).toArray();
    for (int chosen = 0; chosen < 1 << bank.inDoubt.size(); chosen++) {
      long[] balances = bank.balances.clone();
      for (int i = 0; i < bank.inDoubt.size(); i++) {
        if ((chosen >> i & 1) == 1) {
          add(balances, bank.inDoubt.get(i));
        }
      }
      if (Arrays.equals(balances, found)) {
        return fine;
      }
    }
    Finding lost =
        Finding.at(
            "lost-transfer",
            "the last read found %s, the acknowledged transfers leave %s, and no way for the %d in doubt to end makes up for it"
                .formatted(
                    Arrays.toString(found), Arrays.toString(bank.balances), bank.inDoubt.size()),
            List.of(bank.answers.getLast()));
    return Ruling.found("bank", lost).losing(1);
  }
}
