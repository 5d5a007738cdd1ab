package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.HistoryText;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Recorded registers are judged by their outcomes: `fail` did not happen, `info` may have.
class RegistersTest {
  @TempDir private Path directory;

  @Test
  void readOfTheLastWriteHolds() throws IOException {
    assertHolds(
        """
        0 invoke ["w","x",1]
        0 ok ["w","x",1]
        1 invoke ["r","x",null]
        1 ok ["r","x",1]
        """);
  }

  @Test
  void staleReadIsBroken() throws IOException {
    assertBroken(
        """
        0 invoke ["w","x",1]
        0 ok ["w","x",1]
        1 invoke ["r","x",null]
        1 ok ["r","x",null]
        """);
  }

  @Test
  void readOfAFailedWriteIsBroken() throws IOException {
    assertBroken(
        """
        0 invoke ["w","x",1]
        0 fail ["w","x",1]
        1 invoke ["r","x",null]
        1 ok ["r","x",1]
        """);
  }

  @Test
  void writeInDoubtMayBeReadOrNot() throws IOException {
    for (String value : new String[] {"1", "null"}) {
      assertHolds(
          """
          0 invoke ["w","x",1]
          0 info ["w","x",1]
          1 invoke ["r","x",null]
          1 ok ["r","x",%s]
          """
              .formatted(value));
    }
  }

  @Test
  void acceptedCompareMustHaveMetItsValue() throws IOException {
    assertBroken(
        """
        0 invoke ["w","x",1]
        0 ok ["w","x",1]
        1 invoke ["cas","x",[2,3]]
        1 ok ["cas","x",[2,3]]
        """);
    assertHolds(
        """
        0 invoke ["cas","x",[null,1]]
        0 ok ["cas","x",[null,1]]
        1 invoke ["cas","x",[1,"b"]]
        1 ok ["cas","x",[1,"b"]]
        2 invoke ["r","x",null]
        2 ok ["r","x","b"]
        """);
  }

  @Test
  void refusedCompareIsAnAnswer() throws IOException {
    assertBroken(
        """
        0 invoke ["w","x",1]
        0 ok ["w","x",1]
        1 invoke ["cas","x",[1,3]]
        1 ok ["cas","x",[1,3]] "applied":false
        """);
  }

  @Test
  void revisionThatContradictsRealTimeIsBroken() throws IOException {
    String text =
        """
        0 invoke ["w","x",1]
        0 ok ["w","x",1] "revision":5,"group":1
        0 invoke ["w","y",1]
        0 ok ["w","y",1] "revision":4,"group":%d
        """;
    assertBroken(text.formatted(1));
    assertHolds(text.formatted(2));
  }

  @Test
  void versionThatNobodyWroteIsBroken() throws IOException {
    assertBroken(
        """
        0 invoke ["w","x",1]
        0 ok ["w","x",1] "revision":5
        1 invoke ["r","x",null]
        1 ok ["r","x",1] "revision":6,"versions":[6]
        """);
  }

  @Test
  void longHistoryOfOneKeyIsDecided() throws IOException {
    StringBuilder events = new StringBuilder();
    for (int i = 1; i <= Registers.SEARCHED_MAX; i++) {
      events.append("0 invoke [\"w\",\"x\",%d]\n0 ok [\"w\",\"x\",%d]\n".formatted(i, i));
      events.append("1 invoke [\"r\",\"x\",null]\n1 ok [\"r\",\"x\",%d]\n".formatted(i));
    }
    // Zones leave this one to the search: the write in doubt may have come before the refusal.
    events.append("2 invoke [\"w\",\"x\",1000]\n2 info [\"w\",\"x\",1000]\n");
    String refused =
        "3 invoke [\"cas\",\"x\",[100,2000]]\n3 ok [\"cas\",\"x\",[100,2000]] \"applied\":false\n";
    assertHolds(events + refused);
    assertBroken(events + refused + "4 invoke [\"r\",\"x\",null]\n4 ok [\"r\",\"x\",100]\n");
  }

  @Test
  void stepsOfAnotherWorkloadAreUndecided() throws IOException {
    assertInstanceOf(
        Verdict.Undecided.class,
        judge(
            """
            0 invoke ["append","x",1]
            0 ok ["append","x",1]
            """));
  }

  private void assertHolds(String events) throws IOException {
    assertEquals(new Verdict.Holds(), judge(events));
  }

  private void assertBroken(String events) throws IOException {
    assertInstanceOf(Verdict.Broken.class, judge(events));
  }

  private Verdict judge(String events) throws IOException {
    Registers registers = new Registers();
    HistoryReader.operations(HistoryText.write(directory, events), registers::add);
    return registers.judge().both();
  }
}
