package io.vxmeta.statemachine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.batch.BatchFormatException;
import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.IntervalsForm;
import io.vxmeta.statemachine.batch.Lifetime;
import io.vxmeta.statemachine.batch.MadeTransaction;
import io.vxmeta.statemachine.batch.SetForm;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.table.RecordView;
import io.vxmeta.statemachine.table.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GroupStateTest {
  private static final byte[] ID = new byte[16];

  @TempDir Path root;

  private final TransactionEncoder encoder = new TransactionEncoder();
  private final BatchWriter writer = new BatchWriter();
  private long index;

  @Test
  void everyTransactionIsAnsweredAndAppliedAsByTheTwin() {
    Seeded.runs(
        1,
        12,
        random -> {
          try (GroupState group = GroupState.create(Groups.config(root.resolve("twin")));
              SoundAtEnd _ = new SoundAtEnd(group)) {
            GroupTwin twin = new GroupTwin(Groups.PRODUCERS);
            Workload workload = new Workload(random, Groups.SHARDS, 40);
            for (int entry = 1; entry <= 400; entry++) {
              List<MadeTransaction> batch = workload.batch();
              long time = workload.time();
              byte[] bytes = workload.encode(batch, time);
              List<String> answers = new ArrayList<>();
              group.apply(
                  bytes,
                  0,
                  bytes.length,
                  entry,
                  (transaction, answer) -> {
                    assertEquals(answers.size(), transaction);
                    answers.add(ProducersTest.describe(answer));
                  });
              assertEquals(twin.apply(batch, time), answers);
              assertEquals(twin.revision(), group.revision());
              workload.applied(twin.revision());
            }
            assertSame(twin, group, workload);
          }
        });
  }

  @Test
  void comparesSeeTheStateBeforeTheTransactionAndMutationsEachOther() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      assertEquals("APPLIED 1 1[0]", apply(group, t -> t.put(3, key("a"), value("one"), 0)));
      assertEquals("COMPARE_FAILED 1 0 1", apply(group, t -> t.compareAbsent(3, key("a"))));
      assertEquals(
          "COMPARE_FAILED 1 1 0",
          apply(group, t -> t.compareExists(3, key("a")).compareExists(3, key("b"))));
      assertEquals(
          "COMPARE_FAILED 1 0 1",
          apply(group, t -> t.compareVersion(3, key("a"), 2).delete(3, key("a"))));
      assertEquals(
          "APPLIED 2 4[0=5 11=12 1]",
          apply(
              group,
              t ->
                  t.compareAbsent(40, key("n"))
                      .add(40, key("n"), 5)
                      .put(40, key("n"), Slice.of(new byte[8]), 9)
                      .add(40, key("n"), 12)
                      .delete(40, key("n"))));
      assertEquals("APPLIED 3 0[]", apply(group, t -> t.compareVersion(3, key("a"), 1)));
    }
  }

  @Test
  void addRefusesTheWholeTransactionWhereItWouldMeetNoCounter() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, t -> t.put(3, key("text"), value("one"), 0));
      StateDigest before = group.digest();
      assertEquals(
          "WRONG_TYPE 1 1",
          apply(group, t -> t.put(3, key("new"), value("x"), 0).add(3, key("text"), 1)));
      assertEquals(
          "WRONG_TYPE 1 1",
          apply(group, t -> t.put(3, key("c"), value("x"), 0).add(3, key("c"), 1)));
      assertEquals(before.entireDigest(), group.digest().entireDigest());
      assertEquals(
          "APPLIED 2 2[10=1 ]", apply(group, t -> t.delete(3, key("text")).add(3, key("text"), 1)));
      assertEquals(
          "APPLIED 3 1[1=" + Long.MIN_VALUE + " ]",
          apply(group, t -> t.add(3, key("text"), Long.MAX_VALUE)));
    }
  }

  @Test
  void addKeepsFlagsOfTheCounter() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, t -> t.put(3, key("n"), Slice.of(new byte[8]), 77));
      apply(group, t -> t.add(3, key("n"), 258));
      RecordView record = read(group, 3, "n");
      assertEquals(77, record.flags());
      assertEquals(2, record.version());
      assertEquals(1, record.createVersion());
      assertArrayEquals(new byte[] {0, 0, 0, 0, 0, 0, 1, 2}, Arrays.copyOf(record.value(), 8));
    }
  }

  @Test
  void valueIsComparedByItsDigest() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, t -> t.put(3, key("a"), value("one"), 0));
      assertEquals(
          "COMPARE_FAILED 1 0 1", apply(group, t -> t.compareDigest(3, key("a"), sha("two"))));
      assertEquals(
          "COMPARE_FAILED 1 0 0", apply(group, t -> t.compareDigest(3, key("b"), sha("one"))));
      assertEquals(
          "APPLIED 2 1[1]",
          apply(
              group, t -> t.compareDigest(3, key("a"), sha("one")).put(3, key("a"), value(""), 0)));
      assertEquals("APPLIED 3 0[]", apply(group, t -> t.compareDigest(3, key("a"), sha(""))));
    }
  }

  @Test
  void mergeOfAnotherFormIsRefusedAndATextIsNeverTakenForOne() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, t -> t.put(3, key("text"), value("a text, and no set"), 0));
      Slice set = Slice.of(SetForm.of(List.of(new byte[] {1})));
      Slice intervals = Slice.of(IntervalsForm.of(List.of(new IntervalsForm.Interval(1, 2))));
      for (UnaryOperator<TransactionEncoder> merge :
          List.<UnaryOperator<TransactionEncoder>>of(
              t -> t.max(3, key("text"), 1),
              t -> t.min(3, key("text"), 1),
              t -> t.putIfNewer(3, key("text"), 1, value("x"), 0, Lifetime.FOREVER),
              t -> t.setAdd(3, key("text"), set),
              t -> t.setRemove(3, key("text"), set),
              t -> t.intervalsAdd(3, key("text"), intervals))) {
        assertEquals("WRONG_TYPE 1 0", apply(group, merge));
        assertEquals(
            "WRONG_TYPE 1 1",
            apply(group, t -> merge.apply(t.put(3, key("text"), value("another one"), 0))));
      }
    }
  }

  @Test
  void mergeThatChangesNothingKeepsTheVersion() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      Slice set = Slice.of(SetForm.of(List.of(new byte[] {1}, new byte[] {2})));
      Slice intervals = Slice.of(IntervalsForm.of(List.of(new IntervalsForm.Interval(1, 9))));
      apply(
          group,
          t ->
              t.max(3, key("n"), 5)
                  .setAdd(3, key("s"), set)
                  .intervalsAdd(3, key("i"), intervals)
                  .putIfNewer(3, key("p"), 10, value("x"), 4, Lifetime.FOREVER));
      assertEquals(
          "APPLIED 2 6[1=5 1=5 1=0 1=0 1=0 0=0 ]",
          apply(
              group,
              t ->
                  t.max(3, key("n"), 4)
                      .min(3, key("n"), 6)
                      .setAdd(3, key("s"), set)
                      .intervalsAdd(3, key("i"), intervals)
                      .putIfNewer(3, key("p"), 10, value("y"), 0, Lifetime.FOREVER)
                      .setRemove(3, key("none"), set)));
      for (String key : List.of("n", "s", "i", "p")) {
        assertEquals(1, read(group, 3, key).version());
      }
      assertEquals(
          "APPLIED 3 1[1=1 ]",
          apply(group, t -> t.putIfNewer(3, key("p"), 11, value("y"), 0, Lifetime.FOREVER)));
      assertEquals(0, read(group, 3, "p").flags());
      assertFalse(read(group, 3, "none").found());
    }
  }

  @Test
  void collectionsStayInTheirLimitAndAreJudgedByWhatTheyBecome() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      List<IntervalsForm.Interval> even = new ArrayList<>();
      for (long i = 0; i < 4_095; i++) {
        even.add(new IntervalsForm.Interval(2 * i, 2 * i + 1));
      }
      byte[] full = IntervalsForm.of(even);
      assertEquals(65_522, full.length);
      assertEquals(
          "APPLIED 1 1[0=4095 ]", apply(group, t -> t.intervalsAdd(3, key("i"), Slice.of(full))));
      byte[] gap = IntervalsForm.of(List.of(new IntervalsForm.Interval(1, 2)));
      byte[] two =
          IntervalsForm.of(
              List.of(new IntervalsForm.Interval(-9, -8), new IntervalsForm.Interval(-5, -4)));
      assertEquals(
          "COLLECTION_TOO_LARGE 1 0",
          apply(group, t -> t.intervalsAdd(3, key("i"), Slice.of(two))));
      assertEquals(
          "APPLIED 2 1[1=1 ]", apply(group, t -> t.intervalsAdd(3, key("i"), Slice.of(gap))));
      byte[] all =
          IntervalsForm.of(List.of(new IntervalsForm.Interval(Long.MIN_VALUE, Long.MAX_VALUE)));
      assertEquals(
          "APPLIED 3 1[1=" + Long.MAX_VALUE + " ]",
          apply(group, t -> t.intervalsAdd(3, key("i"), Slice.of(all))));
      assertEquals(18, read(group, 3, "i").valueLength());
    }
  }

  @Test
  void lifeIsCountedFromTheTimeOfTheLogAndARecordStaysUntilAnEntryTakesIt() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      assertEquals(
          "APPLIED 1 1[0]",
          applyAt(group, 1_000, 1, t -> t.put(3, key("a"), value("x"), 0, Lifetime.of(50))));
      assertEquals(1_050, read(group, 3, "a").expiresAtMs());
      assertEquals(
          "APPLIED 2 1[0]",
          applyAt(group, 900, 2, t -> t.put(3, key("b"), value("x"), 0, Lifetime.of(50))));
      assertEquals(
          1_050,
          read(group, 3, "b").expiresAtMs(),
          "an entry's time behind the log's counts for nothing");
      assertEquals("APPLIED 3 1[0]", applyAt(group, 1_049, 3, t -> t.expire(3, tableKey("a"))));
      assertTrue(read(group, 3, "a").found());
      assertEquals(
          "APPLIED 4 1[1]", applyAt(group, 2_000, 4, t -> t.put(3, key("b"), value("y"), 0)));
      assertEquals(
          "COMPARE_FAILED 4 0 1", applyAt(group, 2_000, 5, t -> t.compareAbsent(3, key("a"))));
      assertEquals(
          "APPLIED 5 3[100]",
          applyAt(
              group,
              0,
              6,
              t ->
                  t.expire(3, tableKey("a")).expire(3, tableKey("b")).expire(3, tableKey("none"))));
      assertFalse(read(group, 3, "a").found());
      assertTrue(read(group, 3, "b").found(), "it was stored again without an end");
    }
  }

  @Test
  void fullTableRefusesAllOrNothingAndDeletesMakeRoom() throws IOException {
    try (GroupState group = GroupState.create(Groups.config(root.resolve("full"), 20_000));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      Slice large = Slice.of(new byte[6_000]);
      apply(group, t -> t.put(3, key("a"), large, 0).put(3, key("b"), large, 0));
      StateDigest before = group.digest();
      assertEquals(
          "TABLE_FULL 2 3",
          apply(
              group,
              t ->
                  t.put(40, key("other"), value("x"), 0)
                      .put(3, key("c"), large, 0)
                      .put(3, key("d"), large, 0)));
      assertEquals(
          "TABLE_FULL 1 3",
          applyAs(group, 1, t -> t.put(3, key("c"), large, 0).put(3, key("d"), large, 0)),
          "and the refusal is not remembered");
      assertEquals(before.entireDigest(), group.digest().entireDigest());
      assertEquals("APPLIED 2 1[1]", apply(group, t -> t.delete(3, key("a"))));
      assertEquals("APPLIED 3 1[0]", applyAs(group, 1, t -> t.put(3, key("c"), large, 0)));
    }
  }

  @Test
  void keyOfAForeignShardRefusesTheTransaction() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      StateDigest before = group.digest();
      assertEquals(
          "MOVED 1 4", apply(group, t -> t.put(3, key("a"), value("x"), 0).delete(4, key("b"))));
      assertEquals("MOVED 0 128", apply(group, t -> t.compareAbsent(128, key("a"))));
      assertEquals(before.entireDigest(), group.digest().entireDigest());
    }
  }

  @Test
  void repetitionGetsTheFirstAnswerWhateverHappenedBetween() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      UnaryOperator<TransactionEncoder> first =
          t -> t.compareAbsent(3, key("a")).put(3, key("a"), value("1"), 0).add(40, key("n"), 4);
      assertEquals("APPLIED 1 2[00=4 ]", applyAs(group, 1, first));
      UnaryOperator<TransactionEncoder> second = t -> t.compareAbsent(3, key("a"));
      assertEquals("COMPARE_FAILED 1 0 1", applyAs(group, 2, second));
      apply(group, t -> t.delete(3, key("a")).add(40, key("n"), 1));
      long digest = group.digest().entireDigest();
      assertEquals("again APPLIED 1 2[00=4 ]", applyAs(group, 1, first));
      assertEquals("again COMPARE_FAILED 1 0 1", applyAs(group, 2, second));
      assertEquals(2, group.revision());
      assertEquals(digest, group.digest().entireDigest());
    }
  }

  @Test
  void idleProducersAreForgottenByTheLeadersTimeOnly() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      UnaryOperator<TransactionEncoder> add = t -> t.add(3, key("n"), 1);
      assertEquals("APPLIED 1 1[0=1 ]", applyAt(group, 1_000, 1, add));
      assertEquals("again APPLIED 1 1[0=1 ]", applyAt(group, 3_000, 1, add));
      assertEquals(1, group.usage().producers());
      assertEquals("APPLIED 2 1[1=2 ]", applyAt(group, 3_001, 1, add));
      assertEquals("again APPLIED 2 1[1=2 ]", applyAt(group, 5, 1, add), "time does not run back");
    }
  }

  @Test
  void whatEachTableHoldsAndHowOftenItChangedIsTold() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, t -> t.put(3, key("a"), value("x"), 0).put(3, key("b"), value("y"), 0));
      apply(group, t -> t.put(3, key("a"), value("z"), 0).delete(40, key("none")));
      apply(group, t -> t.delete(3, key("b")).put(40, key("c"), value("x"), 0));
      List<TableUsage> tables = group.tableUsage();
      assertEquals(Groups.SHARDS, tables.stream().map(TableUsage::shard).toList());
      assertEquals(List.of(4L, 1L, 0L), tables.stream().map(TableUsage::changes).toList());
      assertEquals(List.of(1L, 1L, 0L), tables.stream().map(TableUsage::records).toList());
      assertEquals(
          group.usage().dirtySegments(),
          tables.stream().mapToLong(TableUsage::dirtySegments).sum());
    }
  }

  @Test
  void digestAtOneRevisionIsTheSameWhateverWasAnsweredSince() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, t -> t.put(3, key("a"), value("x"), 0));
      StateDigest before = group.digest();
      assertEquals("COMPARE_FAILED 1 0 1", applyAs(group, 1, t -> t.compareAbsent(3, key("a"))));
      assertEquals(before.digest(), group.digest().digest());
      assertNotEquals(before.entireDigest(), group.digest().entireDigest());
    }
  }

  @Test
  void damagedEntryChangesNothing() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, t -> t.put(3, key("a"), value("x"), 0));
      StateDigest before = group.digest();
      byte[] entry = entry(0, encoder.beginAnonymous(7).delete(3, key("a")).end());
      entry[entry.length - 1] ^= 1;
      assertThrows(
          BatchFormatException.class,
          () -> group.apply(entry, 0, entry.length, index + 1, AnswerSink.NONE));
      assertEquals(before, group.digest());
    }
  }

  @Test
  void entriesAreAppliedOnceAndInOrder() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      byte[] entry = entry(0, encoder.beginAnonymous(7).delete(3, key("a")).end());
      group.apply(entry, 0, entry.length, 5, AnswerSink.NONE);
      group.skip(6);
      assertEquals(6, group.appliedIndex());
      assertThrows(
          IllegalStateException.class,
          () -> group.apply(entry, 0, entry.length, 6, AnswerSink.NONE));
      assertThrows(IllegalStateException.class, () -> group.skip(3));
      group.apply(entry, 0, entry.length, 9, AnswerSink.NONE);
    }
  }

  @Test
  void answersMayBeKeptAsCopies() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      List<Answer> kept = new ArrayList<>();
      EncodedTransaction add = encoder.beginAnonymous(7).add(3, key("n"), 1).end();
      EncodedTransaction put = encoder.beginAnonymous(7).put(3, key("a"), value("x"), 0).end();
      EncodedTransaction wrong = encoder.beginAnonymous(7).add(3, key("a"), 1).end();
      byte[] entry = entry(0, add, put, wrong, add);
      group.apply(entry, 0, entry.length, 1, (_, answer) -> kept.add(answer.copy()));
      assertEquals(
          List.of("APPLIED 1 1[0=1 ]", "APPLIED 2 1[0]", "WRONG_TYPE 2 0", "APPLIED 3 1[1=2 ]"),
          kept.stream().map(ProducersTest::describe).toList());
    }
  }

  @Test
  void readerRefusesShardsOfOtherGroups() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      MultiGet keys = MultiGet.whole();
      keys.add(4, new byte[] {1, 0, 9}, 0, 3);
      assertThrows(ShardNotServed.class, () -> group.reader().read(keys));
      assertThrows(
          ShardNotServed.class,
          () -> group.reader().scan(-1, 0, 10, RecordView.Content.WHOLE, (_, _, _) -> {}));
    }
  }

  @Test
  void multiGetOfMoreBytesThanOneAnswerHoldsIsRefused() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      for (int i = 0; i < 33; i++) {
        Slice large = Slice.of(new byte[(1 << 20) - (i == 32 ? 1 : 0)]);
        String name = "k" + i;
        apply(group, t -> t.put(3, key(name), large, 0));
      }
      MultiGet keys = MultiGet.whole();
      MultiGet headers = MultiGet.withoutValues();
      for (int i = 0; i < 33; i++) {
        byte[] tableKey = GroupTwin.tableKey(7, ("k" + i).getBytes(StandardCharsets.UTF_8));
        keys.add(3, tableKey, 0, tableKey.length);
        headers.add(3, tableKey, 0, tableKey.length);
        if (i == 31) {
          assertEquals(33, group.reader().read(keys));
        }
      }
      assertEquals(33, group.reader().read(headers));
      assertThrows(ReadTooLarge.class, () -> group.reader().read(keys));
      keys.clear();
      assertEquals(0, keys.size());
    }
  }

  @Test
  void scanWithPrefixFindsTheKeysOfItsNamespace() throws IOException {
    try (GroupState group = create();
        SoundAtEnd _ = new SoundAtEnd(group)) {
      for (int i = 0; i < 200; i++) {
        Slice key = key((i % 2 == 0 ? "even/" : "odd/") + i);
        int namespace = 7 + i % 4 / 2;
        apply(group, encoder.beginAnonymous(namespace).put(3, key, value("x"), 0).end());
      }
      Set<String> found = new HashSet<>();
      PrefixSink sink =
          new PrefixSink(
              GroupTwin.tableKey(8, "odd/".getBytes(StandardCharsets.UTF_8)),
              (key, length, _) ->
                  assertTrue(found.add(new String(key, 2, length - 2, StandardCharsets.UTF_8))));
      long cursor = 0;
      while (cursor != Table.SCAN_END) {
        cursor = group.reader().scan(3, cursor, 10, RecordView.Content.WITHOUT_VALUE, sink);
      }
      assertEquals(50, found.size());
      assertTrue(found.stream().allMatch(key -> key.startsWith("odd/")));
    }
  }

  private GroupState create() throws IOException {
    return GroupState.create(Groups.config(root.resolve("live")));
  }

  private static void assertSame(GroupTwin twin, GroupState group, Workload workload) {
    MultiGet keys = MultiGet.whole();
    for (int key = 0; key < workload.keys(); key++) {
      byte[] tableKey = Workload.tableKey(key);
      keys.add(workload.shardOf(key), tableKey, 0, tableKey.length);
    }
    assertEquals(twin.revision(), group.reader().read(keys));
    for (int key = 0; key < workload.keys(); key++) {
      RecordView record = keys.record(key);
      byte[] tableKey = Workload.tableKey(key);
      GroupTwin.Stored expected = twin.records().get(place(workload.shardOf(key), tableKey));
      assertEquals(expected != null, record.found());
      if (expected != null) {
        assertArrayEquals(expected.value(), Arrays.copyOf(record.value(), record.valueLength()));
        assertEquals(expected.flags(), record.flags());
        assertEquals(expected.expiresAtMs(), record.expiresAtMs());
        assertEquals(expected.version(), record.version());
        assertEquals(expected.createVersion(), record.createVersion());
      }
    }
    assertEquals(twin.size(), group.usage().records());
  }

  private static GroupTwin.Place place(int shard, byte[] tableKey) {
    return new GroupTwin.Place(shard, ByteBuffer.wrap(tableKey));
  }

  private static RecordView read(GroupState group, int shard, String key) {
    MultiGet keys = MultiGet.whole();
    byte[] tableKey = GroupTwin.tableKey(7, key.getBytes(StandardCharsets.UTF_8));
    keys.add(shard, tableKey, 0, tableKey.length);
    group.reader().read(keys);
    return keys.record(0);
  }

  private String apply(GroupState group, UnaryOperator<TransactionEncoder> content) {
    return apply(group, content.apply(encoder.beginAnonymous(7)).end());
  }

  private String apply(GroupState group, EncodedTransaction transaction) {
    return applyEntry(group, entry(0, transaction));
  }

  private String applyAs(
      GroupState group, long sequence, UnaryOperator<TransactionEncoder> content) {
    return applyAt(group, 0, sequence, content);
  }

  private String applyAt(
      GroupState group, long time, long sequence, UnaryOperator<TransactionEncoder> content) {
    return applyEntry(group, entry(time, content.apply(encoder.begin(7, ID, 1, sequence)).end()));
  }

  private String applyEntry(GroupState group, byte[] entry) {
    List<String> answers = new ArrayList<>();
    group.apply(
        entry,
        0,
        entry.length,
        ++index,
        (_, answer) -> answers.add(ProducersTest.describe(answer)));
    return answers.getFirst();
  }

  private byte[] entry(long time, EncodedTransaction... transactions) {
    for (EncodedTransaction transaction : transactions) {
      assertTrue(writer.append(transaction));
    }
    return writer.seal(time);
  }

  private static Slice key(String key) {
    return Slice.of(key.getBytes(StandardCharsets.UTF_8));
  }

  private static Slice tableKey(String key) {
    return Slice.of(GroupTwin.tableKey(7, key.getBytes(StandardCharsets.UTF_8)));
  }

  private static Slice sha(String value) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return Slice.of(sha.digest(value.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static Slice value(String value) {
    return Slice.of(value.getBytes(StandardCharsets.UTF_8));
  }
}
