package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The stored forms are those of docs/transactions.md.
final class TypedValueTest {

  private static Bytes hex(String hex) {
    return Bytes.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  @Test
  void formsAreTakenApart() {
    assertEquals(Optional.of(-2L), TypedValue.counter(hex("fffffffffffffffe")));
    assertEquals(
        Optional.of(new TypedValue.Stamped(40, Bytes.utf8("x"))),
        TypedValue.stamped(hex("f554 0000000000000028 78")));
    assertEquals(
        Optional.of(List.of(Bytes.utf8("a"), Bytes.utf8("bc"))),
        TypedValue.members(hex("f553 0001 61 0002 6263")));
    assertEquals(Optional.of(List.of()), TypedValue.members(hex("f553")));
    assertEquals(
        Optional.of(List.of(new Transaction.Interval(-1, 3))),
        TypedValue.intervals(hex("f549 ffffffffffffffff 0000000000000003")));
  }

  @Test
  void otherFormsAndBrokenOnesAreEmpty() {
    for (String other :
        List.of("", "f5", "6162636465666768", "f553 0002 61", "f549 00", "f554 00")) {
      Bytes value = hex(other);
      assertEquals(Optional.empty(), TypedValue.stamped(value));
      assertEquals(Optional.empty(), TypedValue.members(value));
      assertEquals(Optional.empty(), TypedValue.intervals(value));
    }
    assertEquals(Optional.empty(), TypedValue.counter(hex("00")));
    assertEquals(
        Optional.empty(), TypedValue.intervals(hex("f549 0000000000000003 0000000000000003")));
  }

  @Test
  void limitsAreCheckedBeforeAnythingIsSent() {
    Bytes key = Bytes.utf8("k");
    assertThrows(IllegalArgumentException.class, () -> new Transaction.SetAdd(key, List.of()));
    assertThrows(
        IllegalArgumentException.class, () -> new Transaction.SetRemove(key, List.of(Bytes.EMPTY)));
    assertThrows(IllegalArgumentException.class, () -> new Transaction.Interval(5, 5));
    Bytes large = Bytes.wrap(new byte[(1 << 20) - 9]);
    assertThrows(
        IllegalArgumentException.class,
        () -> Transaction.in("n").putIfNewer(key, 1, large).build());
    assertThrows(
        IllegalArgumentException.class, () -> new Lifetime.For(java.time.Duration.ofDays(3_651)));
  }
}
