package io.vxmeta.statemachine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.batch.LittleEndian;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class ProducersTest {
  private static final ProducerLimits LIMITS = new ProducerLimits(40, 64L << 20, 1_000);

  private final Answer answer = new Answer();
  private long revision;

  @Test
  void everythingIsAnsweredAsTheTwinAnswers() {
    Seeded.runs(
        1,
        40,
        random -> {
          Producers producers = new Producers(LIMITS);
          ProducersTwin twin = new ProducersTwin(LIMITS);
          long[] highest = new long[60];
          long now = 0;
          for (int i = 0; i < 6_000; i++) {
            now += random.nextInt(20) == 0 ? random.nextInt(400) : 0;
            producers.expire(now);
            twin.expire(now);
            int id = random.nextInt(random.nextBoolean() ? 60 : 5);
            long epoch = 1L + (random.nextInt(200) == 0 ? random.nextInt(4) : 1);
            long sequence = sequence(random, highest, id);
            Optional<String> expected = twin.admit(id, epoch, sequence);
            assertEquals(expected.orElse("fresh"), admit(producers, id, epoch, sequence));
            if (expected.isEmpty() && random.nextInt(10) != 0) {
              fill(random, answer);
              twin.remember(id, epoch, sequence, describe(answer), now);
              producers.remember(answer, now);
            }
            assertEquals(twin.count(), producers.count());
            if (i % 1_500 == 1_499) {
              producers = restored(producers);
            }
          }
        });
  }

  @Test
  void sequencesMayArriveInAnyOrderInsideTheWindow() {
    Producers producers = new Producers(LIMITS);
    for (long sequence : new long[] {700, 3, 1_024, 1, 699}) {
      assertEquals("fresh", admit(producers, 7, 1, sequence));
      apply(producers);
      assertEquals("again APPLIED " + revision + " 1[0]", admit(producers, 7, 1, sequence));
    }
    assertEquals("fresh", admit(producers, 7, 1, 1_025));
    apply(producers);
    assertEquals("SEQUENCE_TOO_OLD 1025", admit(producers, 7, 1, 1));
    assertEquals("fresh", admit(producers, 7, 1, 2));
  }

  @Test
  void higherEpochFencesTheLowerOneAndStartsAgainAtOne() {
    Producers producers = new Producers(LIMITS);
    admit(producers, 7, 3, 5_000);
    apply(producers);
    assertEquals("fresh", admit(producers, 7, 4, 1));
    assertEquals("fresh", admit(producers, 7, 3, 5_001), "a refused newcomer fences nobody");
    assertEquals("fresh", admit(producers, 7, 4, 1));
    apply(producers);
    assertEquals("PRODUCER_FENCED 4", admit(producers, 7, 3, 5_001));
    assertEquals("fresh", admit(producers, 7, 4, 2));
  }

  @Test
  void idleProducersGoByLeaderTimeOldestFirst() {
    Producers producers = new Producers(LIMITS);
    for (int id = 1; id <= 3; id++) {
      admit(producers, id, 1, 1);
      revision++;
      answer.applied(revision, 1);
      producers.remember(answer, id * 100L);
    }
    producers.expire(1_100);
    assertEquals(3, producers.count());
    producers.expire(1_101);
    assertEquals(2, producers.count());
    assertEquals("fresh", admit(producers, 1, 1, 1));
    assertTrue(admit(producers, 2, 1, 1).startsWith("again"));
    producers.expire(10_000);
    assertEquals(0, producers.count());
    assertEquals(0, producers.bytes());
    assertEquals(new Producers(LIMITS).bytes(), producers.bytes());
  }

  @Test
  void oneProducerTooManyIsRefusedAndLeavesNoTrace() {
    Producers producers = new Producers(LIMITS);
    for (int id = 0; id < 40; id++) {
      admit(producers, id, 1, 1);
      apply(producers);
    }
    long before = producers.digest();
    assertEquals("TOO_MANY_PRODUCERS", admit(producers, 40, 1, 1));
    assertEquals(before, producers.digest());
    assertTrue(admit(producers, 39, 1, 1).startsWith("again"));
  }

  @Test
  void beyondTheBudgetTheLeastRecentlyUsedForgetTheirAnswersButNotTheirSequences() {
    Producers producers = new Producers(new ProducerLimits(40, 1 << 20, 1_000));
    for (int round = 1; round <= 3; round++) {
      for (int id = 0; id < 40; id++) {
        admit(producers, id, 1, round);
        revision++;
        answer.applied(revision, 2_000);
        for (int i = 0; i < 2_000; i++) {
          answer.number(i, i);
        }
        producers.remember(answer, 0);
        assertTrue(producers.bytes() <= 1 << 20, () -> "bytes " + producers.bytes());
      }
    }
    assertEquals(40, producers.count());
    assertEquals("SEQUENCE_TOO_OLD 3", admit(producers, 0, 1, 3));
    assertEquals("fresh", admit(producers, 0, 1, 4));
    assertTrue(admit(producers, 39, 1, 3).startsWith("again APPLIED"));
  }

  @Test
  void oneProducerAloneForgetsItsOlderAnswersFirst() throws IOException {
    ProducerLimits limits = new ProducerLimits(40, 1 << 20, 1_000);
    Producers producers = new Producers(limits);
    for (int sequence = 1; sequence <= 900; sequence++) {
      assertEquals("fresh", admit(producers, 1, 1, sequence));
      revision++;
      answer.applied(revision, 1_000);
      for (int i = 0; i < 300; i++) {
        answer.number(i, i);
      }
      producers.remember(answer, 0);
      assertTrue(producers.bytes() <= 1 << 20, () -> "bytes " + producers.bytes());
      assertTrue(admit(producers, 1, 1, sequence).startsWith("again"));
    }
    assertEquals("SEQUENCE_TOO_OLD 900", admit(producers, 1, 1, 1));
    Producers other = new Producers(limits);
    ProducersFile.read(new ByteArrayInputStream(saved(producers)), other, limits);
    assertEquals(producers.bytes(), other.bytes());
    assertEquals(producers.digest(), other.digest());
  }

  @Test
  void savedProducersAreThoseOfTheCutWhateverHappensMeanwhile() {
    Seeded.runs(
        1,
        20,
        random -> {
          Producers producers = new Producers(LIMITS);
          work(producers, random, 300);
          long digest = producers.digest();
          try (ProducersCut cut = producers.cut(5, Map.of());
              ExecutorService writer = Executors.newSingleThreadExecutor()) {
            CountDownLatch started = new CountDownLatch(1);
            Future<byte[]> written =
                writer.submit(() -> {
                  started.countDown();
                  ByteArrayOutputStream out = new ByteArrayOutputStream();
                  cut.writeTo(out);
                  return out.toByteArray();
                });
            if (random.nextBoolean()) {
              started.await();
            }
            work(producers, random, 300);
            producers.expire(1_000_000);
            Producers restored = new Producers(LIMITS);
            ProducersFile.Header header =
                ProducersFile.read(new ByteArrayInputStream(written.get()), restored, LIMITS);
            assertEquals(digest, restored.digest());
            assertEquals(5, header.leaderTimeMs());
          }
          assertEquals(producers.digest(), restored(producers).digest());
        });
  }

  @Test
  void secondCutWaitsForTheFirstToBeClosed() {
    Producers producers = new Producers(LIMITS);
    ProducersCut first = producers.cut(0, Map.of());
    assertThrows(IllegalStateException.class, () -> producers.cut(0, Map.of()));
    first.close();
    producers.cut(0, Map.of()).close();
  }

  @Test
  void mutilatedFileIsRefusedOrStaysInBounds() throws IOException {
    Producers producers = new Producers(LIMITS);
    work(producers, new Random(4), 400);
    byte[] good = saved(producers);
    int[] refused = new int[1];
    Seeded.runs(
        1,
        3_000,
        random -> {
          byte[] bytes =
              random.nextInt(5) == 0
                  ? Arrays.copyOf(good, random.nextInt(good.length))
                  : good.clone();
          if (bytes.length > 8) {
            int at =
                random.nextInt(
                    random.nextBoolean() ? bytes.length - 8 : Math.min(100, bytes.length - 8));
            switch (random.nextInt(3)) {
              case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
              case 1 -> LittleEndian.i32(bytes, at, random.nextBoolean() ? -1 : Integer.MAX_VALUE);
              default -> LittleEndian.i64(bytes, at, random.nextLong());
            }
          }
          try {
            ProducersFile.read(new ByteArrayInputStream(bytes), new Producers(LIMITS), LIMITS);
          } catch (IOException expected) {
            refused[0]++;
          }
        });
    assertTrue(refused[0] > 1_000, "refused " + refused[0]);
  }

  @Test
  void formatVersionOneIsReadAndVersionTwoStaysAsItWas() throws IOException {
    Producers producers = new Producers(LIMITS);
    admit(producers, 5, 2, 7);
    answer.applied(100, 3);
    answer.markExisted(1);
    producers.remember(answer, 50);
    admit(producers, 5, 2, 9);
    answer.applied(101, 2);
    answer.number(1, -9);
    producers.remember(answer, 60);
    admit(producers, 5, 2, 8);
    answer.refuse(Outcome.COMPARE_FAILED, 101, 4, 99);
    producers.remember(answer, 70);
    admit(producers, 5, 2, 10);
    answer.refuse(Outcome.WRONG_TYPE, 101, 6, 0);
    producers.remember(answer, 70);
    Producers first = new Producers(LIMITS);
    byte[] old = Golden.old(1, "producers");
    ProducersFile.read(new ByteArrayInputStream(old), first, LIMITS);
    assertEquals(producers.digest(), first.digest());
    assertEquals("again APPLIED 101 2[00=-9 ]", admit(first, 5, 2, 9));
    assertEquals(-7_739_574_838_215_518_740L, first.digest(), "digests are part of the format");
    admit(producers, 5, 2, 11);
    answer.refuse(Outcome.COLLECTION_TOO_LARGE, 101, 3, 0);
    producers.remember(answer, 70);
    byte[] golden = Golden.same(2, "producers", saved(producers));
    Producers second = new Producers(LIMITS);
    ProducersFile.read(new ByteArrayInputStream(golden), second, LIMITS);
    assertEquals(producers.digest(), second.digest());
    assertEquals("again COLLECTION_TOO_LARGE 101 3", admit(second, 5, 2, 11));
  }

  @Test
  void onlyDecidedAnswersAreRemembered() {
    for (Outcome outcome : Outcome.values()) {
      boolean decided =
          outcome == Outcome.APPLIED
              || outcome == Outcome.COMPARE_FAILED
              || outcome == Outcome.WRONG_TYPE
              || outcome == Outcome.COLLECTION_TOO_LARGE
              || outcome == Outcome.MOVED;
      assertEquals(decided, outcome.remembered());
    }
    answer.refuse(Outcome.TABLE_FULL, 1, 0, 0);
    assertThrows(IllegalStateException.class, answer::rememberedBytes);
    assertFalse(answer.replayed());
  }

  private void work(Producers producers, Random random, int transactions) {
    for (int i = 0; i < transactions; i++) {
      if (admit(producers, random.nextInt(30), 1 + random.nextInt(2), 1 + random.nextInt(1_200))
          .equals("fresh")) {
        fill(random, answer);
        producers.remember(answer, i);
      }
    }
  }

  private static byte[] saved(Producers producers) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ProducersCut cut = producers.cut(0, Map.of())) {
      cut.writeTo(out);
    }
    return out.toByteArray();
  }

  private static Producers restored(Producers producers) throws IOException {
    Producers restored = new Producers(LIMITS);
    ProducersFile.read(new ByteArrayInputStream(saved(producers)), restored, LIMITS);
    assertEquals(producers.digest(), restored.digest());
    assertEquals(producers.bytes(), restored.bytes());
    assertEquals(producers.count(), restored.count());
    return restored;
  }

  private static long sequence(Random random, long[] highest, int id) {
    long sequence =
        switch (random.nextInt(10)) {
          case 0 -> Math.max(1, highest[id] - random.nextInt(1_100));
          case 1 -> highest[id] + 1 + random.nextInt(300);
          case 2 -> highest[id] + 1 + random.nextInt(30) * 100L;
          case 3, 4 -> Math.max(1, highest[id] - random.nextInt(3));
          default -> highest[id] + 1;
        };
    highest[id] = Math.max(highest[id], sequence);
    return sequence;
  }

  private void fill(Random random, Answer into) {
    revision += random.nextInt(5) == 0 ? 1L << 40 : 1;
    switch (random.nextInt(6)) {
      case 0 ->
          into.refuse(Outcome.COMPARE_FAILED, revision, random.nextInt(1_024), random.nextLong(99));
      case 1 -> into.refuse(Outcome.WRONG_TYPE, revision, random.nextInt(10_000), 0);
      default -> {
        int mutations = random.nextInt(8) == 0 ? random.nextInt(10_001) : random.nextInt(20);
        boolean numbers = random.nextInt(4) == 0;
        into.applied(revision, mutations);
        for (int i = 0; i < mutations; i++) {
          if (random.nextBoolean()) {
            into.markExisted(i);
          }
          if (numbers && random.nextBoolean()) {
            into.number(i, random.nextLong());
          }
        }
      }
    }
  }

  private void apply(Producers producers) {
    revision++;
    answer.applied(revision, 1);
    producers.remember(answer, 0);
  }

  private String admit(Producers producers, long id, long epoch, long sequence) {
    byte[] bytes = new byte[20];
    LittleEndian.i64(bytes, 4, id * 0x1_0000_0001L);
    LittleEndian.i64(bytes, 12, ~id);
    Producers.Admission admission = producers.admit(bytes, 4, epoch, sequence, revision, answer);
    return admission == Producers.Admission.FRESH ? "fresh" : describe(answer);
  }

  static String describe(Answer answer) {
    String again = answer.replayed() ? "again " : "";
    return again
        + switch (answer.outcome()) {
          case APPLIED -> "APPLIED " + answer.revision() + results(answer);
          case COMPARE_FAILED ->
              "COMPARE_FAILED "
                  + answer.revision()
                  + " "
                  + answer.failedIndex()
                  + " "
                  + answer.foundVersion();
          case WRONG_TYPE -> "WRONG_TYPE " + answer.revision() + " " + answer.failedIndex();
          case COLLECTION_TOO_LARGE ->
              "COLLECTION_TOO_LARGE " + answer.revision() + " " + answer.failedIndex();
          case PRODUCER_FENCED -> "PRODUCER_FENCED " + answer.currentEpoch();
          case SEQUENCE_TOO_OLD -> "SEQUENCE_TOO_OLD " + answer.highestSequence();
          case TOO_MANY_PRODUCERS -> "TOO_MANY_PRODUCERS";
          case TABLE_FULL -> "TABLE_FULL " + answer.failedIndex() + " " + answer.failedShard();
          case LATER -> "LATER " + answer.failedIndex() + " " + answer.failedShard();
          case MOVED -> "MOVED " + answer.failedIndex() + " " + answer.failedShard();
          case OUT_OF_TURN, COPY_DIFFERS -> answer.outcome().name();
        };
  }

  private static String results(Answer answer) {
    StringBuilder results = new StringBuilder(" ").append(answer.mutations()).append('[');
    for (int i = 0; i < answer.mutations(); i++) {
      results.append(answer.existed(i) ? '1' : '0');
      if (answer.hasNumber(i)) {
        results.append('=').append(answer.number(i)).append(' ');
      }
    }
    return results.append(']').toString();
  }
}
