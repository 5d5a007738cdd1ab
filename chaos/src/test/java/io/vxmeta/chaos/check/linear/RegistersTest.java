package io.vxmeta.chaos.check.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.history.HistoryReader;
import io.vxmeta.chaos.history.HistoryText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
  void contradictionNamesTheEventsItRestsOn() throws IOException {
    String events =
        """
        0 invoke ["w","x",1] "group":1
        2 invoke ["w","x",7]
        0 ok ["w","x",1] "group":1,"revision":1
        2 info ["w","x",7]
        1 invoke ["r","x",null]
        1 ok ["r","x",null] "group":1,"revision":0
        """;
    Registers.Finding stale = finding(events);
    assertEquals(
        List.of(0L, 2L, 4L, 5L),
        events(stale.values()),
        "the write it lacks, not the one in doubt");
    assertEquals(List.of(0L, 2L, 4L, 5L), events(stale.order()));
  }

  private static List<Long> events(Verdict verdict) {
    return assertInstanceOf(Verdict.Broken.class, verdict).events();
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

  @Test
  void completionWithoutItsInvocationIsUndecided() throws IOException {
    assertUndecided(
        "a completion follows an invocation of the same steps: index=0",
        """
        0 ok ["w","x",1]
        """);
    assertUndecided(
        "index=1",
        """
        0 invoke ["w","x",1]
        0 ok ["w","x",1],["w","y",1]
        0 ok ["w","x",1]
        """);
  }

  @Test
  void numberThatStandsForATextIsUndecided() throws IOException {
    long reserved = Long.MIN_VALUE + Integer.MAX_VALUE;
    String write =
        """
        0 invoke ["w","x",%1$d]
        0 ok ["w","x",%1$d]
        """;
    assertUndecided("values are above " + reserved, write.formatted(reserved));
    assertHolds(write.formatted(reserved + 1));
  }

  @Test
  void textsAreDifferentValues() throws IOException {
    String text =
        """
        0 invoke ["w","x","a"]
        0 ok ["w","x","a"]
        0 invoke ["w","x","b"]
        0 ok ["w","x","b"]
        1 invoke ["r","x",null]
        1 ok ["r","x",%s]
        """;
    assertHolds(text.formatted("\"b\""));
    assertBroken(text.formatted("\"a\""));
    assertBroken(text.formatted("null"));
  }

  @Test
  void stepsOfOneOperationAreJudgedEach() throws IOException {
    String text =
        """
        0 invoke ["w","x",1],["w","y",2]
        0 ok ["w","x",1],["w","y",2] "revision":1
        1 invoke ["r","x",null],["r","y",null]
        1 ok ["r","x",1],["r","y",2] "revision":2,"versions":[1%s]
        """;
    assertHolds(text.formatted(",1"));
    assertHolds(text.formatted(""));
    assertBroken(text.formatted(",2"));
  }

  @Test
  void readInDoubtAndHistoryOfNothingButDoubtSayNothing() throws IOException {
    assertEquals(
        new Verdict.Undecided("expected at least one operation; the history is empty"),
        finding(
                """
                0 invoke ["r","x",null]
                0 info ["r","x",null]
                """)
            .values());
    assertHolds(
        """
        0 invoke ["r","x",null]
        0 info ["r","x",7]
        1 invoke ["r","x",null]
        1 ok ["r","x",null]
        """);
  }

  @Test
  void answersWithoutARevisionLeaveTheOrderUndecided() throws IOException {
    String text =
        """
        0 invoke ["w","x",1]
        0 ok ["w","x",1] "revision":1
        0 invoke ["w","x",2]
        0 ok ["w","x",2]%s
        """;
    Registers.Finding ordered = finding(text.formatted(" \"revision\":2"));
    assertEquals(new Verdict.Holds(), ordered.order());
    Registers.Finding unordered = finding(text.formatted(""));
    assertEquals(
        new Verdict.Undecided(
            "expected a revision with every answer; record it, or judge by values alone"),
        unordered.order());
    assertEquals(new Verdict.Holds(), unordered.values());
    assertEquals(new Verdict.Holds(), unordered.both());
  }

  @Test
  void writeInDoubtBelongsToTheGroupOfItsKey() throws IOException {
    assertHolds(
        """
        0 invoke ["w","x",1]
        0 info ["w","x",1]
        1 invoke ["w","y",1]
        1 info ["w","y",1]
        2 invoke ["r","x",null]
        2 ok ["r","x",1] "revision":3,"versions":[2],"group":4
        """);
  }

  @Test
  void whatIsBrokenByEitherIsBroken() {
    Verdict holds = new Verdict.Holds();
    Verdict undecided = new Verdict.Undecided("");
    Verdict broken = new Verdict.Broken("", List.of());
    assertEquals(broken, new Registers.Finding(broken, holds).both());
    assertEquals(broken, new Registers.Finding(holds, broken).both());
    assertEquals(holds, new Registers.Finding(undecided, holds).both());
    assertEquals(holds, new Registers.Finding(holds, undecided).both());
    assertEquals(undecided, new Registers.Finding(undecided, undecided).both());
  }

  @Test
  void everyKeyAndGroupIsJudged() throws IOException {
    String text =
        """
        0 invoke ["r","x",null]
        0 ok ["r","x",null] "revision":1,"group":%d
        0 invoke ["r","y",null]
        0 ok ["r","y",%s] "revision":1,"group":2,"versions":[%d]
        """;
    assertHolds(text.formatted(1, "null", 0));
    assertBroken(text.formatted(1, "7", 1));
    assertBroken(text.formatted(3, "null", 1));
    assertBroken(text.formatted(1, "null", 1));
  }

  /// Of the other key a group knows revisions of its own.
  @Test
  void keyThatMovesIsJudgedByItsOwnRevisions() throws IOException {
    String text =
        """
        0 invoke ["w","x",1]
        0 ok ["w","x",1] "revision":5,"group":1
        0 invoke ["w","y",1]
        0 ok ["w","y",1] "revision":3,"group":2
        0 invoke ["r","x",null]
        0 ok ["r","x",1] "revision":%d,"group":2,"versions":[5]
        0 invoke ["w","x",2]
        0 ok ["w","x",2] "revision":8,"group":2
        0 invoke ["r","x",null]
        0 ok ["r","x",%d] "revision":9,"group":1,"versions":[%d]
        """;
    assertHolds(text.formatted(7, 2, 8));
    assertBroken(text.formatted(4, 2, 8));
    assertBroken(text.formatted(7, 1, 5));
  }

  @Test
  void acceptedCompareMayBeSaidToBeApplied() throws IOException {
    assertHolds(
        """
        0 invoke ["cas","x",[null,1]]
        0 ok ["cas","x",[null,1]] "applied":true
        1 invoke ["r","x",null]
        1 ok ["r","x",1]
        """);
  }

  private void assertUndecided(String words, String events) throws IOException {
    Verdict.Undecided undecided = assertInstanceOf(Verdict.Undecided.class, judge(events));
    assertTrue(undecided.reason().contains(words), undecided.reason());
  }

  private void assertHolds(String events) throws IOException {
    assertEquals(new Verdict.Holds(), judge(events));
  }

  private void assertBroken(String events) throws IOException {
    assertInstanceOf(Verdict.Broken.class, judge(events));
  }

  private Verdict judge(String events) throws IOException {
    return finding(events).both();
  }

  private Registers.Finding finding(String events) throws IOException {
    Registers registers = new Registers();
    HistoryReader.operations(HistoryText.write(directory, events), registers::add);
    return registers.judge();
  }
}
