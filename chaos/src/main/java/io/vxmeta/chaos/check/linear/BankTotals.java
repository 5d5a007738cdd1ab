package io.vxmeta.chaos.check.linear;

import java.util.ArrayList;
import java.util.List;

/// Judges transfers between accounts: every read of all accounts finds the same total, and nobody
/// in debt.
public final class BankTotals {
  /// Accounts that every read returns, and what they hold together.
  public record Bank(int accounts, long total) {
    public Bank {
      if (accounts < 1 || total < 0) {
        throw new IllegalArgumentException(
            "expected accounts > 0 and total >= 0: accounts=%d total=%d; mend the plan"
                .formatted(accounts, total));
      }
    }
  }

  private BankTotals() {}

  /// Each read is the list of all balances; offending operations are places in the list of reads.
  public static Verdict judge(Bank bank, List<List<Long>> reads) {
    if (reads.isEmpty()) {
      return new Verdict.Undecided("expected at least one read of all accounts; add a final read");
    }
    List<Integer> offenders = new ArrayList<>();
    String proof = "";
    for (int place = 0; place < reads.size(); place++) {
      String fault = fault(bank, reads.get(place));
      if (!fault.isEmpty()) {
        offenders.add(place);
        proof = proof.isEmpty() ? "read %d %s".formatted(place, fault) : proof;
      }
    }
    if (offenders.isEmpty()) {
      return new Verdict.Holds();
    }
    return new Verdict.Broken(
        "%s; %d of %d reads are wrong".formatted(proof, offenders.size(), reads.size()), offenders);
  }

  private static String fault(Bank bank, List<Long> balances) {
    if (balances.size() != bank.accounts) {
      return "returned %d accounts of %d".formatted(balances.size(), bank.accounts);
    }
    long sum = 0;
    for (long balance : balances) {
      if (balance < 0) {
        return "found a balance of %d, and no transfer may overdraw".formatted(balance);
      }
      sum = Math.addExact(sum, balance);
    }
    return sum == bank.total
        ? ""
        : "found a total of %d instead of %d, balances %s".formatted(sum, bank.total, balances);
  }
}
