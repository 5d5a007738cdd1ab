package io.vxmeta.statemachine.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Lists of numbers are read as the kernel writes them, and nothing else is.
final class IdSetTest {

  @ParameterizedTest
  @ValueSource(strings = {"0", "0-3", "0,2,4", "0-3,8,10-11", "5-7,64-191", "1023"})
  void whatTheKernelWritesIsReadAndWrittenTheSame(String list) {
    assertEquals(list, IdSet.parse(list + "\n").toString());
  }

  @Test
  void anEmptyListHasNoNumber() {
    assertTrue(IdSet.parse("\n").isEmpty());
    assertEquals(IdSet.EMPTY, IdSet.parse(""));
    assertEquals("none", IdSet.EMPTY.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",",
        "0,",
        "-",
        "3-1",
        "a",
        "0-b",
        "+1",
        "-1",
        "0-1-2",
        "0 1",
        "70000",
        "1-99999999999"
      })
  void anythingElseIsRefusedAndNamed(String list) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> IdSet.parse(list));
    assertTrue(String.valueOf(refused.getMessage()).endsWith("text=" + list), refused.getMessage());
  }

  @Test
  void setsMeetWhereBothHaveANumber() {
    IdSet both = IdSet.parse("0-5,70").and(IdSet.parse("4-9,70-80"));
    assertEquals(List.of(4, 5, 70), both.all());
    assertEquals(3, both.size());
    assertTrue(both.contains(70));
    assertFalse(both.contains(9));
    assertEquals(both, IdSet.of(70, 5, 4));
    assertEquals(both.hashCode(), IdSet.of(4, 5, 70).hashCode());
    assertNotEquals(both, IdSet.of(4, 5));
  }

  @Test
  void aMaskHasABitForEachNumber() {
    IdSet set = IdSet.of(0, 63, 64, 130);
    assertEquals(set, IdSet.ofMask(set.mask()));
    assertEquals(1L << 2, set.mask()[2]);
  }
}
