package io.vxmeta.statemachine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.Lifetime;
import io.vxmeta.statemachine.batch.MoveEncoder;
import io.vxmeta.statemachine.batch.MoveKind;
import io.vxmeta.statemachine.batch.SealFacts;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.table.RecordView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Each entry of a shard's move is taken when docs/shard-moves.md says so, and at no other time.
final class ShardMovesTest {
  /// The group's from the start.
  private static final int OWN = 3;

  /// Of no group yet.
  private static final int FOREIGN = 7;

  private static final SealFacts NOTHING = new SealFacts(0, 0, 0, List.of());

  @TempDir Path root;

  private int groups;

  /// An entry in words: `BEGIN 1`, or with the number of the part, `PART 1.0`.
  private static EncodedTransaction entry(int shard, String words) {
    List<String> parts = List.of(words.split("[ .]"));
    MoveKind kind = MoveKind.valueOf(parts.get(0));
    long attempt = Long.parseLong(parts.get(1));
    return switch (kind) {
      case PART -> new MoveEncoder().beginPart(shard, attempt, part(parts)).end();
      case SEAL -> new MoveEncoder().beginSeal(shard, attempt, part(parts), NOTHING).end();
      case ACCEPT -> MoveEncoder.accept(shard, attempt, 0);
      case BEGIN, FREEZE, THAW, GIVE, RELEASE, STAGE, DROP -> MoveEncoder.of(kind, shard, attempt);
    };
  }

  private static long part(List<String> words) {
    return Long.parseLong(words.get(2));
  }

  private static List<String> everyEntry() {
    List<String> all = new ArrayList<>();
    for (MoveKind kind : MoveKind.values()) {
      for (int attempt = 1; attempt <= 2; attempt++) {
        if (kind.copies()) {
          all.add(kind + " " + attempt + ".0");
          all.add(kind + " " + attempt + ".1");
        } else {
          all.add(kind + " " + attempt);
        }
      }
    }
    return all;
  }

  /// What was applied before, and what is taken then.
  private static Map<List<String>, Set<String>> source() {
    Map<List<String>, Set<String>> table = new LinkedHashMap<>();
    table.put(List.of(), Set.of("BEGIN 1", "BEGIN 2"));
    table.put(List.of("BEGIN 1"), Set.of("FREEZE 1", "THAW 1", "BEGIN 2"));
    table.put(List.of("BEGIN 1", "FREEZE 1"), Set.of("THAW 1", "GIVE 1", "BEGIN 2"));
    table.put(List.of("BEGIN 1", "FREEZE 1", "THAW 1"), Set.of("BEGIN 2"));
    table.put(List.of("BEGIN 1", "FREEZE 1", "BEGIN 2"), Set.of("FREEZE 2", "THAW 2"));
    table.put(List.of("BEGIN 1", "FREEZE 1", "GIVE 1"), Set.of("RELEASE 1", "STAGE 2"));
    table.put(List.of("BEGIN 1", "FREEZE 1", "GIVE 1", "RELEASE 1"), Set.of("STAGE 2"));
    return table;
  }

  private static Map<List<String>, Set<String>> target() {
    Map<List<String>, Set<String>> table = new LinkedHashMap<>();
    table.put(List.of(), Set.of("STAGE 1", "STAGE 2"));
    table.put(List.of("STAGE 1"), Set.of("PART 1.0", "SEAL 1.0", "DROP 1", "STAGE 2"));
    table.put(List.of("STAGE 1", "PART 1.0"), Set.of("PART 1.1", "SEAL 1.1", "DROP 1", "STAGE 2"));
    table.put(List.of("STAGE 1", "SEAL 1.0"), Set.of("ACCEPT 1", "DROP 1", "STAGE 2"));
    table.put(List.of("STAGE 1", "SEAL 1.0", "ACCEPT 1"), Set.of("BEGIN 2"));
    table.put(List.of("STAGE 1", "DROP 1"), Set.of("STAGE 2"));
    return table;
  }

  @Test
  void eachEntryIsTakenByTheTableAndRepeatedInVain() throws IOException {
    int taken = 0;
    for (int shard : List.of(OWN, FOREIGN)) {
      for (Map.Entry<List<String>, Set<String>> row :
          (shard == OWN ? source() : target()).entrySet()) {
        for (String entry : everyEntry()) {
          taken += isTaken(shard, row.getKey(), entry, row.getValue().contains(entry)) ? 1 : 0;
        }
      }
    }
    assertEquals(29, taken, "every entry of the rows was tried");
  }

  private boolean isTaken(int shard, List<String> before, String words, boolean expected)
      throws IOException {
    try (MovingGroup group = group()) {
      for (String each : before) {
        assertEquals(Outcome.APPLIED, group.apply(entry(shard, each)).outcome(), each);
      }
      StateDigest digest = group.state().digest();
      ShardStanding standing = group.standing(shard);
      Answer answer = group.apply(entry(shard, words));
      String what = words + " after " + before;
      assertEquals(expected ? Outcome.APPLIED : Outcome.OUT_OF_TURN, answer.outcome(), what);
      assertEquals(group.standing(shard), answer.standing().orElseThrow(), what);
      StateDigest after = group.state().digest();
      assertEquals(expected, digest.entireDigest() != after.entireDigest(), what);
      if (expected) {
        assertEquals(standingAfter(words, standing), answer.standing().orElseThrow(), what);
      }
      Answer again = group.apply(entry(shard, words));
      assertEquals(Outcome.OUT_OF_TURN, again.outcome(), what);
      assertEquals(after.entireDigest(), group.state().digest().entireDigest(), what);
      return answer.outcome() == Outcome.APPLIED;
    }
  }

  private static ShardStanding standingAfter(String words, ShardStanding before) {
    List<String> parts = List.of(words.split("[ .]"));
    long attempt = Long.parseLong(parts.get(1));
    return switch (MoveKind.valueOf(parts.get(0))) {
      case BEGIN -> new ShardStanding(ShardPhase.OWNED, attempt, true, 0);
      case FREEZE -> new ShardStanding(ShardPhase.FROZEN, attempt, true, 0);
      case THAW -> new ShardStanding(ShardPhase.OWNED, attempt, false, 0);
      case ACCEPT -> new ShardStanding(ShardPhase.OWNED, attempt, false, 0);
      case GIVE, RELEASE, DROP -> new ShardStanding(ShardPhase.AWAY, attempt, false, 0);
      case STAGE -> new ShardStanding(ShardPhase.STAGING, attempt, false, 0);
      case PART -> new ShardStanding(ShardPhase.STAGING, attempt, false, before.nextPart() + 1);
      case SEAL -> new ShardStanding(ShardPhase.SEALED, attempt, false, 0);
    };
  }

  private MovingGroup group() throws IOException {
    return new MovingGroup(root.resolve("run-" + groups++), 2, Groups.SHARDS);
  }

  private static Slice key(String name) {
    return Slice.of(name.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] id(int producer) {
    byte[] id = new byte[16];
    id[0] = (byte) producer;
    return id;
  }

  private static EncodedTransaction add(int shard, int producer, int epoch, long sequence) {
    return new TransactionEncoder()
        .begin(1, id(producer), epoch, sequence)
        .add(shard, key("n"), 1)
        .end();
  }

  private static String write(MovingGroup group, EncodedTransaction transaction) {
    return ProducersTest.describe(group.apply(transaction));
  }

  private static void take(MovingGroup group, int shard, String... entries) {
    for (String each : entries) {
      assertEquals(Outcome.APPLIED, group.apply(entry(shard, each)).outcome(), each);
    }
  }

  @Test
  void writesAreToldWhatBecomesOfTheShardAndMovedIsRemembered() throws IOException {
    try (MovingGroup group = group()) {
      assertEquals("APPLIED 1 1[0=1 ]", write(group, add(OWN, 1, 1, 1)));
      take(group, OWN, "BEGIN 1", "FREEZE 1");
      assertEquals("again APPLIED 1 1[0=1 ]", write(group, add(OWN, 1, 1, 1)));
      assertEquals("LATER 0 3", write(group, add(OWN, 1, 1, 2)));
      take(group, OWN, "THAW 1");
      assertEquals("APPLIED 5 1[1=2 ]", write(group, add(OWN, 1, 1, 2)), "nothing was remembered");
      take(group, OWN, "BEGIN 2", "FREEZE 2", "GIVE 2");
      assertEquals("again APPLIED 5 1[1=2 ]", write(group, add(OWN, 1, 1, 2)), "number first");
      assertEquals("MOVED 0 3", write(group, add(OWN, 1, 1, 3)));
      take(group, OWN, "STAGE 3");
      assertEquals("LATER 0 3", write(group, add(OWN, 1, 1, 4)));
      take(group, OWN, "SEAL 3.0");
      assertEquals("LATER 0 3", write(group, add(OWN, 1, 1, 4)));
      take(group, OWN, "ACCEPT 3");
      assertEquals("again MOVED 0 3", write(group, add(OWN, 1, 1, 3)), "also after it came back");
      assertEquals("APPLIED 12 1[0=1 ]", write(group, add(OWN, 1, 1, 4)));
    }
  }

  @Test
  void expiryLeavesAFrozenShardAlone() throws IOException {
    try (MovingGroup group = group()) {
      EncodedTransaction mortal =
          new TransactionEncoder()
              .beginAnonymous(1)
              .put(OWN, key("k"), key("v"), 0, Lifetime.until(10))
              .end();
      assertEquals("APPLIED 1 1[0]", write(group, mortal));
      group.passTime(20);
      assertEquals(1, group.state().expiries().find(group.state().reader(), 20).keys().size());
      take(group, OWN, "BEGIN 1", "FREEZE 1");
      EncodedTransaction expire =
          new TransactionEncoder()
              .beginAnonymous(1)
              .expire(OWN, Slice.of(GroupTwin.tableKey(1, new byte[] {'k'})))
              .end();
      assertEquals("LATER 0 3", write(group, expire));
      assertTrue(group.state().expiries().find(group.state().reader(), 20).keys().isEmpty());
      take(group, OWN, "GIVE 1");
      assertEquals("MOVED 0 3", write(group, expire));
    }
  }

  @Test
  void onlyAnOwnedOrFrozenShardIsRead() throws IOException {
    try (MovingGroup group = group()) {
      assertEquals("APPLIED 1 1[0=1 ]", write(group, add(OWN, 1, 1, 1)));
      assertTrue(reads(group, OWN));
      take(group, OWN, "BEGIN 1", "FREEZE 1");
      assertTrue(reads(group, OWN));
      take(group, OWN, "GIVE 1");
      assertFalse(reads(group, OWN), "given away");
      assertEquals(1, group.state().digest().records());
      take(group, OWN, "RELEASE 1");
      assertEquals(0, group.state().digest().records());
      assertEquals(2, group.state().tables());
      take(group, OWN, "STAGE 2");
      assertFalse(reads(group, OWN), "staging");
      take(group, OWN, "SEAL 2.0");
      assertFalse(reads(group, OWN), "sealed");
      take(group, OWN, "ACCEPT 2");
      assertTrue(reads(group, OWN));
      group.state().freeLostTables();
      assertEquals(List.of(), group.state().verify());
    }
  }

  private static boolean reads(MovingGroup group, int shard) {
    byte[] tableKey = GroupTwin.tableKey(1, new byte[] {'n'});
    MultiGet get = MultiGet.whole();
    get.add(shard, tableKey, 0, tableKey.length);
    try {
      long _ = group.state().reader().read(get);
      return true;
    } catch (ShardNotServed refused) {
      assertEquals(group.standing(shard), refused.standing());
      assertThrows(
          ShardNotServed.class,
          () ->
              group.state().reader().scan(shard, 0, 1, RecordView.Content.WHOLE, (_, _, _) -> {}));
      return false;
    }
  }

  /// A whole move between two groups, by the parts that the source's replica hands out.
  @Test
  void copyIsEqualWithVersionsExpiryFlagsAndFences() throws IOException {
    try (MovingGroup source = group();
        MovingGroup target = new MovingGroup(root.resolve("to"), 5, List.of(9))) {
      TransactionEncoder encoder = new TransactionEncoder();
      for (int i = 0; i < 3_000; i++) {
        byte[] value = new byte[i % 97 * 4];
        Arrays.fill(value, (byte) i);
        encoder.beginAnonymous(1);
        Lifetime life = i % 3 == 0 ? Lifetime.until(1_000_000 + i) : Lifetime.until(0);
        String done =
            write(
                source, encoder.put(OWN, key("k" + i % 2_000), Slice.of(value), i % 7, life).end());
        assertTrue(done.startsWith("APPLIED"), done);
      }
      assertEquals("APPLIED 3001 1[0=1 ]", write(source, add(OWN, 4, 1, 1)));
      assertEquals("APPLIED 3002 1[1=2 ]", write(source, add(OWN, 4, 2, 1)));
      take(source, OWN, "BEGIN 1");
      take(target, OWN, "STAGE 1");
      ShardCopy copy = source.state().copy(OWN, 1);
      int parts = 0;
      boolean frozen = false;
      CopyStep step = copy.next();
      for (; !(step instanceof CopyStep.Seal); step = copy.next()) {
        if (step instanceof CopyStep.Part part) {
          assertEquals(parts++, part.number());
          assertEquals(Outcome.APPLIED, target.apply(part.entry()).outcome());
          assertEquals(Outcome.OUT_OF_TURN, target.apply(part.entry()).outcome());
          encoder.beginAnonymous(1).delete(OWN, key("k" + parts));
          assertTrue(
              write(source, encoder.put(OWN, key("new" + parts), key("x"), 1).end())
                  .startsWith("APPLIED"));
        } else {
          assertInstanceOf(CopyStep.Freeze.class, step);
          assertFalse(frozen);
          frozen = true;
          take(source, OWN, "FREEZE 1");
        }
      }
      assertTrue(parts > 1, "parts " + parts);
      CopyStep.Seal seal = (CopyStep.Seal) step;
      assertEquals(Outcome.APPLIED, target.apply(seal.entry()).outcome());
      assertTrue(target.state().revision() >= source.state().revision());
      take(source, OWN, "GIVE 1");
      take(target, OWN, "ACCEPT 1");
      assertInstanceOf(CopyStep.Over.class, copy.next());
      assertEquals(seal.records(), target.state().digest().records());
      assertEquals("PRODUCER_FENCED 2", write(target, add(OWN, 4, 1, 2)));
      long before = target.state().revision();
      String written = write(target, add(OWN, 4, 2, 1));
      assertEquals("APPLIED " + (before + 1) + " 1[1=3 ]", written);
      assertEquals(List.of(), target.state().verify());
      take(source, OWN, "RELEASE 1");
      assertEquals(0, source.state().digest().records());
    }
  }

  @Test
  void copyThatDiffersIsNotSealed() throws IOException {
    try (MovingGroup group = group()) {
      take(group, FOREIGN, "STAGE 1");
      SealFacts other = new SealFacts(1, 5, 0, List.of());
      Answer answer = group.apply(new MoveEncoder().beginSeal(FOREIGN, 1, 0, other).end());
      assertEquals(Outcome.COPY_DIFFERS, answer.outcome());
      assertEquals(ShardPhase.STAGING, group.standing(FOREIGN).phase());
      take(group, FOREIGN, "DROP 1");
    }
  }

  @Test
  void fencesThatFindNoRoomDoNotSeal() throws IOException {
    try (MovingGroup group = group()) {
      take(group, FOREIGN, "STAGE 1");
      List<SealFacts.Fence> fences = new ArrayList<>();
      for (int i = 1; i <= Groups.PRODUCERS.producersMax() + 1; i++) {
        fences.add(new SealFacts.Fence(i, 0, 2));
      }
      SealFacts tooMany = new SealFacts(0, 0, 0, fences);
      Answer answer = group.apply(new MoveEncoder().beginSeal(FOREIGN, 1, 0, tooMany).end());
      assertEquals(Outcome.TOO_MANY_PRODUCERS, answer.outcome());
      assertEquals(0, group.state().usage().producers());
      SealFacts fit = new SealFacts(0, 0, 0, fences.subList(1, fences.size()));
      answer = group.apply(new MoveEncoder().beginSeal(FOREIGN, 1, 0, fit).end());
      assertEquals(Outcome.APPLIED, answer.outcome());
      assertEquals(Groups.PRODUCERS.producersMax(), group.state().usage().producers());
    }
  }

  @Test
  void replicaThatWasRestoredSinceBeginHasNoCopy() throws IOException {
    try (MovingGroup group = group()) {
      assertEquals("APPLIED 1 1[0=1 ]", write(group, add(OWN, 1, 1, 1)));
      take(group, OWN, "BEGIN 1");
      group.first().snapshot();
      group.first().crash();
      CopyStep step = group.state().copy(OWN, 1).next();
      assertTrue(
          step instanceof CopyStep.Over over && over.reason().contains("restored"), "" + step);
    }
  }

  @Test
  void snapshotOfAHalfFilledTableIsRestoredAndGoesOn() throws IOException {
    try (MovingGroup group = group()) {
      take(group, FOREIGN, "STAGE 1");
      MoveEncoder encoder = new MoveEncoder().beginPart(FOREIGN, 1, 0);
      for (int i = 0; i < 500; i++) {
        byte[] tableKey = GroupTwin.tableKey(1, new byte[] {(byte) i, (byte) (i >> 8)});
        encoder.record(
            Slice.of(tableKey), Slice.of(new byte[200]), new MoveEncoder.Numbers(9, 4, 1, 77));
      }
      assertEquals(Outcome.APPLIED, group.apply(encoder.end()).outcome());
      take(group, OWN, "BEGIN 1", "FREEZE 1");
      group.first().snapshot();
      StateDigest before = group.state().digest();
      group.first().crash();
      assertEquals(before, group.state().digest());
      assertEquals(1, group.standing(FOREIGN).nextPart());
      assertEquals(ShardPhase.FROZEN, group.standing(OWN).phase());
      assertFalse(reads(group, FOREIGN));
      group.second().catchUp();
      assertEquals(before, group.second().state().digest());
      take(group, OWN, "GIVE 1", "RELEASE 1");
      take(group, FOREIGN, "DROP 1");
      group.first().snapshot();
      before = group.state().digest();
      group.first().crash();
      assertEquals(before, group.state().digest());
      assertEquals(2, group.state().tables());
    }
  }

  /// The table that takes another one's place must not be taken for it by the next snapshot.
  @Test
  void snapshotAfterARestagedShardLinksNothingOfTheOldTable() throws IOException {
    try (MovingGroup group = group()) {
      for (int i = 0; i < 5; i++) {
        assertTrue(write(group, add(OWN, 1, 1, i + 1)).startsWith("APPLIED"));
        group.first().snapshot();
      }
      take(group, OWN, "BEGIN 1", "FREEZE 1", "GIVE 1", "STAGE 2");
      byte[] tableKey = GroupTwin.tableKey(1, new byte[] {'m'});
      MoveEncoder part = new MoveEncoder().beginPart(OWN, 2, 0);
      part.record(Slice.of(tableKey), Slice.of(new byte[8]), new MoveEncoder.Numbers(9, 4, 1, 0));
      assertEquals(Outcome.APPLIED, group.apply(part.end()).outcome());
      group.first().snapshot();
      StateDigest before = group.state().digest();
      group.first().crash();
      assertEquals(before, group.state().digest());
    }
  }

  @Test
  void tableIsFreedWhenItsCutIsClosedAndNotBefore() throws IOException {
    try (MovingGroup group = group()) {
      assertEquals("APPLIED 1 1[0=1 ]", write(group, add(OWN, 1, 1, 1)));
      StateDigest cutAt = group.state().digest();
      try (var cut = group.state().cut(1)) {
        take(group, OWN, "BEGIN 1", "FREEZE 1", "GIVE 1", "RELEASE 1", "STAGE 2");
        group.state().freeLostTables();
        assertEquals(cutAt.entireDigest(), cut.moment().digest());
        assertNotEquals(cutAt, group.state().digest());
        group.first().write(cut);
      }
      group.state().freeLostTables();
      group.first().crash();
      assertEquals(cutAt, group.state().digest());
      group.first().catchUp();
      assertEquals(ShardPhase.STAGING, group.standing(OWN).phase());
    }
  }
}
