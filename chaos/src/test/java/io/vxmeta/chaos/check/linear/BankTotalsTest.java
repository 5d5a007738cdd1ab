package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.check.linear.BankTotals.Bank;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Money is neither made nor lost.
class BankTotalsTest {
  private static final Bank BANK = new Bank(3, 100);

  @Test
  void sameTotalInEveryReadHolds() {
    assertEquals(
        new Verdict.Holds(),
        BankTotals.judge(BANK, List.of(List.of(100L, 0L, 0L), List.of(30L, 30L, 40L))));
  }

  @Test
  void halfATransferIsNamed() {
    assertBroken("total of 90", List.of(List.of(100L, 0L, 0L), List.of(90L, 0L, 0L)));
  }

  @Test
  void overdrawnAccountIsNamed() {
    assertBroken("balance of -5", List.of(List.of(100L, 0L, 0L), List.of(105L, -5L, 0L)));
  }

  @Test
  void missingAccountIsNamed() {
    assertBroken("2 accounts of 3", List.of(List.of(100L, 0L, 0L), List.of(50L, 50L)));
  }

  @Test
  void proofCountsTheWrongReads() {
    Verdict.Broken broken =
        assertInstanceOf(
            Verdict.Broken.class,
            BankTotals.judge(
                BANK, List.of(List.of(99L, 0L, 0L), List.of(1L), List.of(100L, 0L, 0L))));
    assertEquals(
        "read 0 found a total of 99 instead of 100, balances [99, 0, 0]; 2 of 3 reads are wrong",
        broken.proof());
    assertEquals(List.of(0, 1), broken.operations());
  }

  @Test
  void bankNeedsAnAccountAndNoDebt() {
    assertThrows(IllegalArgumentException.class, () -> new Bank(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Bank(1, -1));
    assertEquals(new Verdict.Holds(), BankTotals.judge(new Bank(1, 0), List.of(List.of(0L))));
  }

  @Test
  void bankWithoutReadsIsUndecided() {
    assertInstanceOf(Verdict.Undecided.class, BankTotals.judge(BANK, List.of()));
  }

  private static void assertBroken(String words, List<List<Long>> reads) {
    Verdict.Broken broken = assertInstanceOf(Verdict.Broken.class, BankTotals.judge(BANK, reads));
    assertTrue(broken.proof().contains(words), broken.proof());
    assertEquals(List.of(1), broken.operations());
  }
}
