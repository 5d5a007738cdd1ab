package io.vxmeta.chaos.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.vxmeta.chaos.history.HistoryText;
import io.vxmeta.chaos.workload.Judgement.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each judge convicts what it is there to convict, and nothing else.
class RulingsTest {
  @TempDir private Path directory;

  private interface Judge {
    Ruling judge(Path history) throws IOException;
  }

  private Ruling ruling(Judge judge, String events) throws IOException {
    return judge.judge(HistoryText.write(directory, events));
  }

  private void assertValid(Judge judge, String events) throws IOException {
    Ruling ruling = ruling(judge, events);
    assertEquals(List.of(), ruling.findings());
    assertEquals("", ruling.undecided());
    assertEquals(0, ruling.lost());
  }

  private void assertConvicts(Judge judge, String anomaly, long lost, String events)
      throws IOException {
    Ruling ruling = ruling(judge, events);
    assertTrue(
        ruling.findings().stream().anyMatch(finding -> finding.name().equals(anomaly)),
        () -> "" + ruling);
    assertEquals(lost, ruling.lost(), () -> "" + ruling);
    assertQuotes(ruling.quoting(directory.resolve("history.jsonl")));
  }

  /// Every finding quotes the history, in its order; a value of the wrong kind is all there is to a
  /// garbage read.
  private void assertQuotes(Ruling ruling) throws IOException {
    List<JsonElement> history =
        Files.readAllLines(directory.resolve("history.jsonl")).stream()
            .map(JsonParser::parseString)
            .toList();
    for (Finding finding : ruling.findings()) {
      List<Integer> places =
          finding.lines().stream().map(JsonParser::parseString).map(history::indexOf).toList();
      assertFalse(
          places.isEmpty() && !finding.name().equals("garbage-read"), () -> "no lines: " + finding);
      assertFalse(places.contains(-1), () -> "not of the history: " + finding);
      assertEquals(places.stream().sorted().distinct().toList(), places);
    }
  }

  @Test
  void linesOfAFindingAreBounded() {
    List<String> lines = Collections.nCopies(Finding.LINES_MAX + 1, "x".repeat(10_000));
    Finding finding = new Finding("G0", "proof", "", List.of(), lines);
    assertEquals(Finding.LINES_MAX, finding.lines().size());
    assertEquals("x".repeat(Finding.LINE_CHARACTERS_MAX) + " ...", finding.lines().getFirst());
    assertEquals(finding, finding.withLines(finding.lines()), "cutting twice is cutting once");
  }

  @Test
  void staleRegisterQuotesTheReadAndTheWriteItContradicts() throws IOException {
    Ruling ruling =
        ruling(new RegisterTraffic()::judge, REGISTER.formatted(2, "true", 1, 1, 1))
            .quoting(directory.resolve("history.jsonl"));
    String lines = String.join("\n", ruling.findings().getFirst().lines());
    assertTrue(lines.contains("[\"r\",1,1]") && lines.contains("[\"cas\",1,[1,2]]"), lines);
  }

  private static final String APPENDED =
      """
      0 invoke ["append",1,1]
      0 ok ["append",1,1]
      1 invoke ["append",1,2],["r",2,null]
      1 %s ["append",1,2],["r",2,null]
      2 invoke ["r",1,null]
      2 ok ["r",1,%s]
      """;

  @Test
  void appendsThatAreReadInOrderHold() throws IOException {
    assertValid(ListRuling::of, APPENDED.formatted("ok", "[1,2]"));
    assertValid(ListRuling::of, APPENDED.formatted("info", "[1,2]"));
    assertValid(ListRuling::of, APPENDED.formatted("info", "[1]"));
    assertValid(ListRuling::of, APPENDED.formatted("fail", "[1]"));
  }

  @Test
  void lostAppendIsConvicted() throws IOException {
    assertConvicts(ListRuling::of, "lost-write", 1, APPENDED.formatted("ok", "[1]"));
    assertConvicts(ListRuling::of, "G-single-item-realtime", 1, APPENDED.formatted("ok", "[1]"));
  }

  @Test
  void cycleOfTransactionsIsDrawn() throws IOException {
    Ruling ruling = ruling(ListRuling::of, APPENDED.formatted("ok", "[1]"));
    Finding cycle =
        ruling.findings().stream()
            .filter(finding -> finding.name().startsWith("G-single"))
            .findFirst()
            .orElseThrow();
    assertTrue(cycle.picture().contains("<svg"), cycle.toString());
  }

  @Test
  void readOfARefusedAppendIsConvicted() throws IOException {
    assertConvicts(ListRuling::of, "G1a", 0, APPENDED.formatted("fail", "[1,2]"));
  }

  @Test
  void doubledAppendIsConvicted() throws IOException {
    assertConvicts(ListRuling::of, "duplicate-elements", 0, APPENDED.formatted("ok", "[1,2,1]"));
  }

  @Test
  void garbledElementIsConvicted() throws IOException {
    assertConvicts(
        ListRuling::of, "garbage-read", 0, APPENDED.formatted("ok", "[1,2,\"garbled:_x\"]"));
  }

  private static final String REGISTER =
      """
      0 invoke ["w",1,1]
      0 ok ["w",1,1] "revision":1,"group":2
      1 invoke ["cas",1,[1,2]]
      1 ok ["cas",1,[1,2]] "revision":%d,"group":2,"applied":%s
      2 invoke ["r",1,null]
      2 ok ["r",1,%d] "revision":%d,"group":2,"versions":[%d]
      """;

  @Test
  void registerThatIsReadAsWrittenHolds() throws IOException {
    assertValid(new RegisterTraffic()::judge, REGISTER.formatted(2, "true", 2, 2, 2));
  }

  @Test
  void staleRegisterIsConvicted() throws IOException {
    assertConvicts(
        new RegisterTraffic()::judge,
        "not-linearizable",
        0,
        REGISTER.formatted(2, "true", 1, 1, 1));
  }

  @Test
  void wronglyRefusedCompareIsConvicted() throws IOException {
    assertConvicts(
        new RegisterTraffic()::judge,
        "not-linearizable",
        0,
        REGISTER.formatted(1, "false", 1, 1, 1));
  }

  @Test
  void wrongVersionIsConvicted() throws IOException {
    assertConvicts(
        new RegisterTraffic()::judge,
        "not-linearizable",
        0,
        REGISTER.formatted(2, "true", 2, 3, 3));
  }

  private static final String SET =
      """
      0 invoke ["add",0,1]
      0 ok ["add",0,1]
      1 invoke ["add",0,2]
      1 %s ["add",0,2]
      2 invoke ["r",0,null]
      2 ok ["r",0,%s]
      """;

  @Test
  void setThatHoldsWhatWasAddedHolds() throws IOException {
    assertValid(SetRuling::of, SET.formatted("ok", "[1,2]"));
    assertValid(SetRuling::of, SET.formatted("info", "[1]"));
    assertValid(SetRuling::of, SET.formatted("fail", "[1]"));
  }

  @Test
  void setThatLostOrDoubledOrInventedAnElementIsConvicted() throws IOException {
    assertConvicts(SetRuling::of, "set-anomaly", 1, SET.formatted("ok", "[1]"));
    assertConvicts(SetRuling::of, "set-anomaly", 0, SET.formatted("ok", "[1,2,2]"));
    assertConvicts(SetRuling::of, "set-anomaly", 0, SET.formatted("fail", "[1,2]"));
    assertConvicts(SetRuling::of, "garbage-read", 0, SET.formatted("ok", "[1,2,\"x\"]"));
  }

  private static final String BANK =
      """
      0 invoke ["add","0/0",-30],["add","0/1",30]
      0 ok ["add","0/0",-30],["add","0/1",30]
      1 invoke ["add","0/2",-5],["add","0/3",5]
      1 %s ["add","0/2",-5],["add","0/3",5]
      2 invoke ["r","0/0",null],["r","0/1",null],["r","0/2",null],["r","0/3",null],["r","0/4",null],["r","0/5",null]
      2 ok ["r","0/0",%d],["r","0/1",%d],["r","0/2",%d],["r","0/3",%d],["r","0/4",100],["r","0/5",100]
      """;

  @Test
  void bankWithWhatItsTransfersLeaveHolds() throws IOException {
    assertValid(BankRuling::of, BANK.formatted("ok", 70, 130, 95, 105));
    assertValid(BankRuling::of, BANK.formatted("info", 70, 130, 95, 105));
    assertValid(BankRuling::of, BANK.formatted("info", 70, 130, 100, 100));
  }

  @Test
  void halfATransferIsConvicted() throws IOException {
    assertConvicts(BankRuling::of, "wrong-total", 1, BANK.formatted("ok", 70, 100, 95, 105));
  }

  @Test
  void transferThatVanishedWholeIsConvicted() throws IOException {
    assertConvicts(BankRuling::of, "lost-transfer", 1, BANK.formatted("ok", 100, 100, 95, 105));
    assertConvicts(BankRuling::of, "lost-transfer", 1, BANK.formatted("info", 100, 100, 95, 105));
  }

  @Test
  void refusedTransferThatHappenedIsConvicted() throws IOException {
    assertConvicts(BankRuling::of, "lost-transfer", 1, BANK.formatted("fail", 70, 130, 95, 105));
  }

  private static final String COUNTER =
      """
      0 invoke ["add",7,1] "producer":5,"epoch":1,"sequence":1
      0 ok ["add",7,[1,1]] "producer":5,"epoch":1,"sequence":1
      1 invoke ["add",7,1] "producer":5,"epoch":1,"sequence":2
      1 info ["add",7,1]
      2 invoke ["add",7,1] "producer":5,"epoch":1,"sequence":1
      2 ok ["add",7,[1,%d]] "producer":5,"epoch":1,"sequence":1
      3 invoke ["r",7,null]
      3 ok ["r",7,%d]
      """;

  @Test
  void sequenceThatIsRepeatedCountsOnce() throws IOException {
    assertValid(CounterRuling::of, COUNTER.formatted(1, 1));
    assertValid(CounterRuling::of, COUNTER.formatted(1, 2));
  }

  @Test
  void doubledAddIsConvicted() throws IOException {
    assertConvicts(CounterRuling::of, "not-exactly-once", 0, COUNTER.formatted(1, 3));
    assertConvicts(CounterRuling::of, "not-exactly-once", 0, COUNTER.formatted(2, 2));
  }

  @Test
  void lostAddIsConvicted() throws IOException {
    assertConvicts(CounterRuling::of, "not-exactly-once", 1, COUNTER.formatted(1, 0));
  }

  @Test
  void readThatKeepsItsLevelHolds() throws IOException {
    assertValid(FreshRuling::of, fresh("", "12", "11", 6, 6, 4, ""));
    assertValid(FreshRuling::of, fresh("local", "10", "11", 5, 4, 4, ""));
    assertValid(FreshRuling::of, fresh("local", "null", "null", 3, 0, 0, ""));
    assertValid(FreshRuling::of, fresh("token 5", "10", "11", 5, 4, 4, ""));
    assertValid(FreshRuling::of, fresh("bound 2", "10", "11", 5, 4, 4, ""));
    assertValid(FreshRuling::of, fresh("local", "10", "11", 4, 4, 4, ",\"staleness_ms\":2"));
  }

  @Test
  void readThatIsOlderThanItsLevelIsConvicted() throws IOException {
    convictsFresh(1, fresh("", "10", "11", 5, 4, 4, ""));
    convictsFresh(0, fresh("token 6", "10", "11", 5, 4, 4, ""));
    convictsFresh(0, fresh("bound 2", "null", "null", 3, 0, 0, ""));
    convictsFresh(0, fresh("local", "null", "null", 3, 0, 0, ",\"staleness_ms\":2"));
    convictsFresh(0, fresh("bound 2", "12", "11", 6, 6, 4, ",\"staleness_ms\":3"));
  }

  @Test
  void answerThatIsNoStateIsConvicted() throws IOException {
    convictsFresh(0, fresh("local", "10", "null", 4, 4, 0, ""));
    convictsFresh(0, fresh("local", "12", "11", 4, 6, 4, ""));
    convictsFresh(0, fresh("local", "12", "11", 6, 5, 4, ""));
    convictsFresh(0, fresh("local", "99", "11", 6, 6, 4, ""));
  }

  private void convictsFresh(long lost, String events) throws IOException {
    assertConvicts(FreshRuling::of, "broken-promise", lost, events);
  }

  private static String fresh(
      String level, String x, String y, int revision, int versionX, int versionY, String more) {
    String[] words = level.split(" ", -1);
    String facts =
        switch (words[0]) {
          case "local" -> "\"level\":\"local\"";
          case "token" -> "\"level\":\"at-least\",\"token_revision\":" + words[1];
          case "bound" -> "\"level\":\"bounded\",\"max_staleness_ms\":" + words[1];
          default -> "\"level\":\"linearizable\"";
        };
    return """
    0 invoke ["w",1,10],["w",7,11]
    0 ok ["w",1,10],["w",7,11] "revision":4,"group":2
    1 invoke ["w",1,12]
    1 ok ["w",1,12] "revision":6,"group":2
    2 invoke ["r",1,null],["r",7,null] %s
    2 ok ["r",1,%s],["r",7,%s] "revision":%d,"group":2,"versions":[%d,%d]%s
    """
        .formatted(facts, x, y, revision, versionX, versionY, more);
  }

  private static final String BULK =
      """
      0 invoke ["w",0,0],["w",64,64]
      0 %s ["w",0,0],["w",64,64]
      1 invoke ["r",0,null],["r",64,null]
      1 ok ["r",0,%s],["r",64,%s] "node":"node-1"
      """;

  @Test
  void bulkLoadThatIsThereWholeOrNotAtAllHolds() throws IOException {
    assertValid(BulkRuling::of, BULK.formatted("ok", "0", "64"));
    assertValid(BulkRuling::of, BULK.formatted("info", "0", "64"));
    assertValid(BulkRuling::of, BULK.formatted("info", "null", "null"));
    assertValid(BulkRuling::of, BULK.formatted("fail", "null", "null"));
  }

  @Test
  void bulkLoadThatLostRefusedSplitOrGarbledIsConvicted() throws IOException {
    assertConvicts(BulkRuling::of, "lost-write", 2, BULK.formatted("ok", "null", "null"));
    assertConvicts(BulkRuling::of, "refused-write", 0, BULK.formatted("fail", "0", "64"));
    assertConvicts(BulkRuling::of, "half-applied", 0, BULK.formatted("info", "0", "null"));
    assertConvicts(BulkRuling::of, "wrong-value", 0, BULK.formatted("ok", "0", "65"));
  }

  @Test
  void recordsOfATransactionHaveItsTag() {
    for (long transaction = 0; transaction < 200; transaction++) {
      for (int place = 0; place < BulkLoads.RECORDS; place++) {
        long record = BulkLoads.record(transaction, place);
        assertEquals(transaction, BulkLoads.transaction(record));
        assertEquals(transaction % BulkLoads.TAGS, record % BulkLoads.TAGS);
      }
    }
  }

  private static final String SCAN =
      """
      0 invoke ["w",1,5]
      0 ok ["w",1,5]
      0 invoke ["w",2,6]
      0 ok ["w",2,6]
      0 invoke ["w",2,-1]
      0 %s ["w",2,-1]
      1 invoke ["r","*",null] "quiet":%s
      1 ok %s
      """;

  @Test
  void scanOfWhatIsThereHolds() throws IOException {
    String one = "[\"r\",1,5]";
    String both = "[\"r\",1,5],[\"r\",2,6]";
    assertValid(ScanRuling::of, SCAN.formatted("ok", "true", one));
    assertValid(ScanRuling::of, SCAN.formatted("info", "true", one));
    assertValid(ScanRuling::of, SCAN.formatted("info", "true", both));
    assertValid(ScanRuling::of, SCAN.formatted("fail", "true", both));
    assertValid(ScanRuling::of, SCAN.formatted("ok", "false", one + "," + one));
  }

  @Test
  void scanThatMissesDoublesRevivesOrInventsIsConvicted() throws IOException {
    String one = "[\"r\",1,5]";
    assertConvicts(
        ScanRuling::of, "missing-record", 1, SCAN.formatted("info", "true", "[\"r\",2,6]"));
    assertConvicts(
        ScanRuling::of, "scan-duplicate", 0, SCAN.formatted("ok", "true", one + "," + one));
    assertConvicts(
        ScanRuling::of, "deleted-record", 0, SCAN.formatted("ok", "true", one + ",[\"r\",2,6]"));
    assertConvicts(
        ScanRuling::of, "garbage-read", 0, SCAN.formatted("ok", "true", one + ",[\"r\",3,6]"));
  }

  @Test
  void scanWhileARecordChangesMayShowEither() throws IOException {
    for (String seen : List.of("[\"r\",1,5]", "[\"r\",1,6]")) {
      assertValid(
          ScanRuling::of,
          """
          0 invoke ["w",1,5]
          0 ok ["w",1,5]
          1 invoke ["r","*",null] "quiet":false
          0 invoke ["w",1,6]
          0 ok ["w",1,6]
          1 ok %s
          """
              .formatted(seen));
    }
  }

  /// Its writer hears of it late: until then the record may be as it was or as it will be.
  @Test
  void scanWhileAWriteIsUnderWayFromBeforeItUntilAfterItMayShowEither() throws IOException {
    for (String seen : List.of("[\"r\",1,5],[\"r\",3,7]", "[\"r\",2,6]")) {
      assertValid(
          ScanRuling::of,
          """
          0 invoke ["w",1,5]
          0 ok ["w",1,5]
          0 invoke ["w",1,-1]
          1 invoke ["w",3,7]
          2 invoke ["w",2,6]
          3 invoke ["r","*",null] "quiet":false
          3 ok %s
          0 ok ["w",1,-1]
          1 ok ["w",3,7]
          2 ok ["w",2,6]
          """
              .formatted(seen));
    }
  }

  private static final String FADING =
      """
      0 invoke ["w",1,1] "ttl_ms":100
      0 ok ["w",1,1] "revision":10,"group":2
      0 invoke ["w",7,1]
      0 ok ["w",7,1] "revision":11,"group":2
      1 invoke ["r",1,null],["r",7,null]
      1 ok ["r",1,1],["r",7,1] "revision":11,"group":2,"versions":[10,11],"expires_at_ms":[1100,0]
      2 invoke ["r",1,null],["r",7,null]
      2 ok ["r",1,null],["r",7,%s] "revision":20,"group":2,"versions":[0,%d]
      3 invoke ["w",4,1] "ttl_ms":1000
      3 ok ["w",4,1] "revision":21,"group":2
      4 invoke ["r",4,null]
      4 ok ["r",4,1] "revision":21,"group":2,"versions":[21],"expires_at_ms":[%d]
      """;

  @Test
  void recordThatIsGoneAfterItsTimeHolds() throws IOException {
    assertValid(FadingRuling::of, FADING.formatted("1", 11, 2100));
  }

  @Test
  void recordThatIsGoneBeforeItsTimeIsConvicted() throws IOException {
    assertConvicts(FadingRuling::of, "wrong-lifetime", 0, FADING.formatted("1", 11, 2099));
  }

  @Test
  void recordThatShouldStayAndIsGoneIsConvictedAsLost() throws IOException {
    assertConvicts(FadingRuling::of, "wrong-lifetime", 1, FADING.formatted("null", 0, 2100));
  }

  @Test
  void garbledRecordWithATimeToLiveIsConvicted() throws IOException {
    assertConvicts(
        FadingRuling::of, "garbage-read", 0, FADING.formatted("\"garbled:_x\"", 11, 2100));
  }

  @Test
  void everyWorkloadIsFoundByItsName() {
    for (Workload workload : Workloads.all()) {
      assertEquals(workload, Workloads.named(workload.name()).orElseThrow());
      assertFalse(workload.summary().isBlank());
    }
  }
}
