package io.vxmeta.chaos.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.history.HistoryText;
import io.vxmeta.chaos.workload.Workload;
import io.vxmeta.chaos.workload.Workloads;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class VerifyCommandTest {
  private static final String READ_AFTER_APPEND =
      """
      0 invoke ["append","x",1]
      0 ok ["append","x",1]
      1 invoke ["r","x",null]
      1 ok ["r","x",%s]
      """;

  private static final String APPENDED = READ_AFTER_APPEND.formatted("[1]");
  private static final String LOST = READ_AFTER_APPEND.formatted("null");

  private static final String STALE =
      """
      0 invoke ["w","x",1]
      0 ok ["w","x",1]
      0 invoke ["w","x",2]
      0 ok ["w","x",2]
      1 invoke ["r","x",null]
      1 ok ["r","x",1]
      """;

  /// One sound history of each workload, none of which says what it is.
  private static final Map<String, String> SOUND =
      Map.of(
          "list-append",
          APPENDED,
          "register",
          """
          0 invoke ["w",1,1]
          0 ok ["w",1,1] "revision":1,"group":1,"applied":true
          0 invoke ["cas",1,[1,2]]
          0 ok ["cas",1,[1,2]] "revision":2,"group":1,"applied":true
          1 invoke ["r",1,null]
          1 ok ["r",1,2] "revision":2,"group":1,"versions":[2]
          """,
          "set",
          """
          0 invoke ["add",1,5]
          0 ok ["add",1,5]
          1 invoke ["r",1,null]
          1 ok ["r",1,[5]]
          """,
          "bank",
          """
          0 invoke ["r","0/0",null],["r","0/1",null],["r","0/2",null],["r","0/3",null],["r","0/4",null],["r","0/5",null]
          0 fail ["r","0/0",null],["r","0/1",null],["r","0/2",null],["r","0/3",null],["r","0/4",null],["r","0/5",null]
          0 invoke ["add","0/0",-7],["add","0/1",7]
          0 ok ["add","0/0",-7],["add","0/1",7]
          1 invoke ["r","0/0",null],["r","0/1",null],["r","0/2",null],["r","0/3",null],["r","0/4",null],["r","0/5",null]
          1 ok ["r","0/0",93],["r","0/1",107],["r","0/2",100],["r","0/3",100],["r","0/4",100],["r","0/5",100]
          """,
          "producer",
          """
          0 invoke ["add",2,1] "producer":9,"epoch":1,"sequence":1
          0 ok ["add",2,[1,1]] "producer":9,"epoch":1,"sequence":1
          1 invoke ["r",2,null]
          1 ok ["r",2,1]
          """,
          "mget",
          """
          0 invoke ["w",1,1]
          0 ok ["w",1,1] "revision":1,"group":1
          1 invoke ["r",1,null] "level":"local"
          1 ok ["r",1,null] "revision":0,"group":1,"versions":[0]
          """,
          "bulk",
          """
          0 invoke ["w",1,1],["w",65,65],["w",129,129],["w",193,193]
          0 ok ["w",1,1],["w",65,65],["w",129,129],["w",193,193]
          1 invoke ["r",1,null],["r",65,null]
          1 ok ["r",1,1],["r",65,65]
          """,
          "scan",
          """
          0 invoke ["w",0,1]
          0 ok ["w",0,1]
          1 invoke ["r","*",null] "quiet":false
          1 ok ["r",0,1] "node":"node-1"
          """,
          "ttl",
          """
          0 invoke ["w",3,1] "ttl_ms":3600000
          0 ok ["w",3,1] "revision":1,"group":1
          1 invoke ["r",3,null]
          1 ok ["r",3,1] "revision":1,"group":1,"versions":[1],"expires_at_ms":[3700000]
          """);

  private static String sound(String workload) {
    return Objects.requireNonNull(SOUND.get(workload), workload);
  }

  @TempDir private Path directory;

  /// What the command said and how it ended.
  private record Said(int code, String out, String err) {}

  private static Said verify(Path file, String... options) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream outBefore = System.out;
    PrintStream errBefore = System.err;
    try {
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
      String[] all =
          Stream.concat(Arrays.stream(options), Stream.of(file.toString())).toArray(String[]::new);
      int code = new CommandLine(new VerifyCommand()).execute(all);
      return new Said(
          code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(outBefore);
      System.setErr(errBefore);
    }
  }

  private Said verify(String events, String... options) throws IOException {
    return verify(HistoryText.write(directory, events), options);
  }

  @Test
  void exitCodeTellsValidFromAnomalyFromUndecided() throws IOException {
    String twice = APPENDED.lines().limit(2).collect(Collectors.joining("\n"));
    assertEquals(0, verify(APPENDED, "--model", "strict-serializable").code);
    assertEquals(7, verify(LOST, "--model", "strict-serializable").code);
    assertEquals(0, verify(LOST, "--model", "serializable").code);
    assertEquals(5, verify(twice + "\n" + twice, "--model", "serializable").code);
  }

  @Test
  void unknownModelIsAWrongCallThatNamesEveryJudge() throws IOException {
    Said said = verify(APPENDED, "--model", "serialisable");
    assertEquals(2, said.code);
    String help = new CommandLine(new VerifyCommand()).getUsageMessage().replaceAll("\\s+", " ");
    for (Judge judge : Judge.all()) {
      assertTrue(said.err.contains(judge.title()), judge.title());
      assertTrue(help.contains(judge.title()), judge.title());
    }
  }

  @Test
  void lineNamesAnomaliesWhatTheHistoryIsNotAndWhoSaysSo() throws IOException {
    assertEquals(
        "{\"id\":\"history.jsonl\",\"valid\":false,\"anomalies\":[\"G-single-item-realtime\"],"
            + "\"not\":[\"strong-snapshot-isolation\"],\"judge\":\"strict-serializable\"}\n",
        verify(LOST, "--model", "strict-serializable").out);
  }

  @Test
  void everyWorkloadsHistoryIsKnownByItsShapeAndFoundSound() throws IOException {
    for (Workload workload : Workloads.all()) {
      Said said = verify(sound(workload.name()));
      assertTrue(said.out.contains("\"judge\":\"" + workload.name() + "\""), said.out);
      assertEquals(0, said.code, said.out);
    }
  }

  @Test
  void everyWorkloadsHistoryIsKnownByWhatItsFirstLineSays() throws IOException {
    for (Workload workload : Workloads.all()) {
      String reads =
          """
          0 invoke ["r",1,null] "workload":"%s"
          0 fail ["r",1,null]
          """
              .formatted(workload.name());
      assertTrue(verify(reads).out.contains("\"judge\":\"" + workload.name() + "\""));
    }
  }

  @Test
  void everyWorkloadsJudgeCanBeNamedAndIsUndecidedAboutWhatItDoesNotUnderstand()
      throws IOException {
    for (Workload workload : Workloads.all()) {
      assertEquals(0, verify(sound(workload.name()), "--model", workload.name()).code);
    }
    assertEquals(5, verify(sound("register"), "--model", "bank").code);
    assertEquals(5, verify(sound("set"), "--model", "strict-serializable").code);
  }

  @Test
  void lostElementConvictsASetAndLostAppendAList() throws IOException {
    Said set = verify(sound("set").replace("[5]", "[]"));
    assertEquals(7, set.code);
    assertTrue(set.err.contains("lost: element 5"), set.err);
    Said list = verify(LOST);
    assertTrue(
        list.out.contains("\"anomalies\":[\"G-single-item-realtime\",\"lost-write\"]"), list.out);
  }

  @Test
  void textShowsTheLinesThatAProofRestsOnAndJsonDoesNot() throws IOException {
    String lost =
        "{\"index\":3,\"time\":3000000,\"process\":1,\"type\":\"ok\",\"value\":[[\"r\",\"x\",null]]}\n";
    for (String model : List.of("list-append", "strict-serializable")) {
      assertTrue(verify(LOST, "--model", model).err.contains("It rests on these lines:\n  {"));
      assertTrue(verify(LOST, "--model", model).err.contains(lost));
      assertEquals("", verify(LOST, "--model", model, "-o", "json").err);
    }
    String read = lost.replace("null", "1").replace("3,\"time\":3", "5,\"time\":5");
    assertTrue(verify(STALE, "--model", "linearizable").err.contains(read));
    assertTrue(verify(sound("set").replace("[5]", "[]")).err.contains("[[\"r\",1,[]]]}\n"));
    String heard = verify(WATCHED.formatted("[\"r\",\"a/x\",7]", 3), "--model", "watch").err;
    assertTrue(heard.contains("\"watch\":\"sent\""), heard);
  }

  @Test
  void plainRegistersAreTransactionsAndAStaleReadConvictsThem() throws IOException {
    Said said = verify(STALE);
    assertEquals(7, said.code);
    assertTrue(said.out.contains("\"judge\":\"strict-serializable\""), said.out);
  }

  @Test
  void registersAreJudgedLinearizable() throws IOException {
    assertEquals(0, registers("1", "linearizable"));
    assertEquals(7, registers("null", "linearizable"));
    assertEquals(7, registers("null", "linearizable-by-values"));
    assertEquals(5, registers("[1]", "linearizable"));
    assertEquals(5, registers("1", "linearizable-by-revisions"));
  }

  private int registers(String read, String model) throws IOException {
    return verify(
            """
            0 invoke ["w","x",1]
            0 ok ["w","x",1]
            1 invoke ["r","x",null]
            1 ok ["r","x",%s]
            2 invoke ["cas","x",[1,2]]
            2 info ["cas","x",[1,2]]
            """
                .formatted(read),
            "--model",
            model)
        .code;
  }

  private static final String WATCHED =
      """
      0 invoke ["w","a/x",1],["w","b",1]
      0 ok ["w","a/x",1],["w","b",1] "revision":1
      1 ok  "watch":"began","prefix":"a/","revision":0
      1 ok ["r","a/x",1] "watch":"sent","revision":1
      0 invoke ["w","b",2] "removed":["a/x"]
      0 info ["w","b",2] "removed":["a/x"]
      1 ok %s "watch":"sent","revision":2
      1 ok  "watch":"reached","revision":%d
      3 invoke ["w","a/y",1]
      3 ok ["w","a/y",1] "revision":4
      """;

  @Test
  void subscriberMustHearOfEveryChangeAndNothingElse() throws IOException {
    String removed = "[\"r\",\"a/x\",null]";
    assertEquals(0, verify(WATCHED.formatted(removed, 3), "--model", "watch").code);
    assertEquals(7, verify(WATCHED.formatted(removed, 4), "--model", "watch").code);
    Said said = verify(WATCHED.formatted("[\"r\",\"a/x\",7]", 3), "--model", "watch");
    assertEquals(7, said.code);
    assertTrue(said.err.contains("not atomic"), said.err);
    assertEquals(5, verify(APPENDED, "--model", "watch").code);
  }

  @Test
  void replicasAtOneRevisionMustHaveOneDigest() throws IOException {
    String digests =
        """
        1 ok ["r","digest",12] "node":"node-1","group":1,"revision":7
        2 ok ["r","digest",%d] "node":"node-2","group":1,"revision":%d
        """;
    assertEquals(0, verify(digests.formatted(12, 7), "--model", "digests").code);
    assertEquals(7, verify(digests.formatted(13, 7), "--model", "digests").code);
    assertEquals(5, verify(digests.formatted(13, 8), "--model", "digests").code);
    assertEquals(5, verify(APPENDED, "--model", "digests").code);
  }

  @Test
  void wholeHistoriesKeepTheirOwnOptions() throws IOException {
    Path file = directory.resolve("whole.jsonl");
    Path stream = HistoryText.write(directory, STALE);
    String line = "{\"id\":\"a\",\"workload\":\"rw-register\",\"options\":{%s},\"ops\":[%s]}";
    String events = String.join(",", Files.readAllLines(stream));
    Files.writeString(file, line.formatted("", events));
    assertEquals(0, verify(file).code);
    Files.writeString(file, line.formatted("\"linearizable-keys?\":true", events));
    assertEquals(7, verify(file).code);
    assertEquals(1, verify(file, "--model", "mget").code);
  }

  @Test
  void judgeThatStumblesIsUndecidedAndSaysOverWhat() throws IOException {
    Path file = directory.resolve("whole.jsonl");
    String events = String.join(",", Files.readAllLines(HistoryText.write(directory, APPENDED)));
    Files.writeString(
        file,
        "{\"id\":\"a\",\"workload\":\"list-append\",\"options\":{\"sequential-keys?\":{}},\"ops\":[%s]}"
            .formatted(events));
    for (String model : List.of("strict-serializable", "list-append")) {
      assertUndecided(verify(file, "--model", model), "strict-serializable");
    }
    String revisions =
        STALE.replace("0 ok [\"w\",\"x\",2]", "0 ok [\"w\",\"x\",2] \"revision\":\"two\"");
    for (String model : List.of("linearizable", "linearizable-by-values")) {
      assertUndecided(verify(revisions, "--model", model), model);
    }
    assertUndecided(
        verify(WATCHED.formatted("[\"r\",\"b\",2]", 3), "--model", "digests"), "digests");
  }

  private static void assertUndecided(Said said, String judge) {
    assertEquals(5, said.code, said.err);
    assertTrue(said.out.contains("\"valid\":\"unknown\""), said.out);
    assertTrue(
        said.out.contains("expected a history for the judge " + judge + ": cause="), said.out);
  }

  @Test
  void emptyFileHasNoOperationsAndIsUndecided() throws IOException {
    Said said = verify("");
    assertEquals(5, said.code);
    assertTrue(said.out.contains("no operations"), said.out);
  }

  @Test
  void whatCanNotBeReadIsCalledByItsName() throws IOException {
    Path file = directory.resolve("h.jsonl.gz");
    try (GZIPOutputStream zipped = new GZIPOutputStream(Files.newOutputStream(file))) {
      zipped.write(Files.readAllBytes(HistoryText.write(directory, APPENDED)));
    }
    byte[] whole = Files.readAllBytes(file);
    assertRefused(directory, "name a file in it");
    assertRefused(directory.resolve("missing"), "check that it is there");
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertRefused(file, "ends too early");
    byte[] damaged = whole.clone();
    Arrays.fill(damaged, 12, 30, (byte) 0xff);
    Files.write(file, damaged);
    assertRefused(file, "damaged");
  }

  private static void assertRefused(Path file, String remedy) {
    for (List<String> options : List.of(List.<String>of(), List.of("--model", "linearizable"))) {
      Said said = verify(file, options.toArray(String[]::new));
      assertEquals(1, said.code);
      assertTrue(said.err.contains(remedy), said.err);
    }
  }

  @Test
  void picturesOfACycleAreWrittenWhereAsked() throws IOException {
    Path pictures = directory.resolve("pictures");
    assertEquals(7, verify(LOST, "--pictures", pictures.toString()).code);
    assertTrue(Files.exists(pictures.resolve("history.jsonl-G-single-item-realtime.svg")));
    assertTrue(Files.exists(pictures.resolve("history.jsonl-G-single-item-realtime.dot")));
  }

  @Test
  void conflictOfASingleKeyIsDrawnOverTime() throws IOException {
    for (String model : List.of("linearizable", "linearizable-register", "register")) {
      Path pictures = directory.resolve(model);
      assertEquals(7, verify(STALE, "--model", model, "--pictures", pictures.toString()).code);
      try (Stream<Path> files = Files.list(pictures)) {
        assertEquals(
            List.of("history.jsonl-not-linearizable.svg", "history.jsonl-not-linearizable.txt"),
            files.map(file -> file.getFileName().toString()).sorted().toList());
      }
      String svg = Files.readString(pictures.resolve("history.jsonl-not-linearizable.svg"));
      assertTrue(svg.contains("no order gets past here"), svg);
    }
  }

  @Test
  void judgeWithoutPicturesSaysThatItDrawsNone() throws IOException {
    String pictures = directory.resolve("pictures").toString();
    Said said = verify(STALE, "--model", "digests", "--pictures", pictures);
    assertTrue(said.err.contains("nothing is drawn"), said.err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "linearizable-register | [\"w\",1,4] | [\"w\",1,4] | 4 | 5",
        "linearizable-set | [\"add\",1,4] | [\"add\",1,4] | [4] | null",
        "linearizable-counter | [\"add\",1,4] | [\"add\",1,[4,4]] | 4 | 8"
      })
  void anyModelIsSearchedForAnOrder(
      String model, String asked, String answer, String right, String wrong) throws IOException {
    String text =
        """
        0 invoke %s
        0 ok %s
        1 invoke ["r",1,null]
        1 ok ["r",1,%s]
        """;
    Said valid = verify(text.formatted(asked, answer, right), "--model", model);
    assertEquals(0, valid.code, valid.err);
    assertTrue(valid.out.contains("\"judge\":\"" + model + "\""), valid.out);
    Said convicted = verify(text.formatted(asked, answer, wrong), "--model", model);
    assertEquals(7, convicted.code, convicted.err);
    assertTrue(convicted.out.contains("\"not-linearizable\""), convicted.out);
    Said foreign =
        verify(text.formatted("[\"append\",1,4]", "[\"append\",1,4]", "null"), "--model", model);
    assertEquals(5, foreign.code, foreign.err);
    assertTrue(foreign.out.contains("name another model"), foreign.out);
  }

  @Test
  void picturesThatCanNotBeWrittenAreAnError() throws IOException {
    Path file = HistoryText.write(directory, LOST);
    assertEquals(1, verify(file, "--pictures", file.toString()).code);
  }
}
