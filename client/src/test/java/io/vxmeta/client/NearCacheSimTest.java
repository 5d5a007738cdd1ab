package io.vxmeta.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.NumaDomain;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.Token;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Readers and writers around a near cache in seeded time, and servers that are as bad as their
/// contracts allow; every answer from memory is held against the whole history.
///
/// `-Dvx.seed=N` runs one seed alone.
class NearCacheSimTest {
  /* One thread; time is in milliseconds and jumps from event to event. The model keeps every state of two groups, when each
   * revision was acknowledged, and what every server ever said of a key: it knows nothing of stripes, generations or proofs. */

  private static final String CLUSTER = "c";
  private static final int SEEDS = 200;
  private static final int OPERATIONS = 500;
  private static final int KEYS = 5;
  private static final NearCacheLimits LIMITS = new NearCacheLimits(4_000, Duration.ofMillis(300));

  @Test
  void everyAnswerFromMemoryKeepsItsContract() {
    Long named = Long.getLong("vx.seed");
    if (named != null) {
      int unused = new World(named).run();
      return;
    }
    int hits = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      hits += new World(seed).run();
    }
    assertTrue(hits > 10L * SEEDS, "memory has to answer for this to say anything: hits=" + hits);
  }

  /// All states of a group, by revision.
  private static final class History {
    private final List<Map<Bytes, StoredRecord>> states = new ArrayList<>(List.of(Map.of()));
    private final Map<Integer, Long> acknowledgedAt = new HashMap<>();

    int latest() {
      return states.size() - 1;
    }

    int apply(Transaction transaction) {
      int revision = states.size();
      Map<Bytes, StoredRecord> next = new TreeMap<>(states.get(revision - 1));
      for (Transaction.Mutation mutation : transaction.mutations()) {
        if (mutation instanceof Transaction.Put put) {
          Revision version = new Revision(revision);
          next.put(put.key(), new StoredRecord(put.key(), put.value(), version, version, 0, 0));
        } else {
          next.remove(mutation.key());
        }
      }
      states.add(next);
      return revision;
    }

    Optional<StoredRecord> at(int revision, Bytes key) {
      return Optional.ofNullable(states.get(revision).get(key));
    }

    /// What a reader must see that may miss nothing acknowledged before that time.
    int acknowledgedBefore(long time) {
      return acknowledgedAt.entrySet().stream()
          .filter(entry -> entry.getValue() < time)
          .mapToInt(Map.Entry::getKey)
          .max()
          .orElse(0);
    }
  }

  /// What a server said of a key, and which step sent the read.
  private record Said(int sentAtStep, Optional<StoredRecord> record) {}

  private record Event(long at, int number, Runnable action) {}

  private static final class World {
    private final long seed;
    private final Random random;
    private final PriorityQueue<Event> events =
        new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingInt(Event::number));
    private final List<History> histories = List.of(new History(), new History());
    private final Map<Bytes, List<Said>> said = new HashMap<>();
    private final Map<Bytes, Integer> lastOwnStep = new HashMap<>();
    private final Map<Bytes, Integer> ownAcknowledged = new HashMap<>();
    private final boolean suspends;
    private final NearCache near;
    private long time = 1_000;
    private long suspended;
    private long wallOffset = 1_700_000_000_000L;
    private int numbers;
    private int step;
    private int hits;

    World(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
      this.suspends = seed % 2 == 0;
      this.near = new NearCache(LIMITS, this::moment);
    }

    /// In one world the machine sleeps, and the monotonic clock with it; in the other the wall
    /// clock is set back.
    private Moment moment() {
      return new Moment((time - suspended) * 1_000_000, time + wallOffset);
    }

    private void after(long ms, Runnable action) {
      events.add(new Event(time + ms, numbers++, action));
    }

    int run() {
      for (int i = 0; i < OPERATIONS; i++) {
        after(random.nextInt(OPERATIONS * 4), this::operation);
      }
      while (!events.isEmpty()) {
        Event next = events.remove();
        time = next.at;
        step++;
        next.action.run();
      }
      return hits;
    }

    private void operation() {
      int dice = random.nextInt(100);
      if (dice < 70) {
        read();
      } else if (dice < 84) {
        write(true);
      } else if (dice < 97) {
        write(false);
      } else if (suspends) {
        long nap = random.nextInt(100);
        time += nap;
        suspended += nap;
      } else {
        wallOffset -= random.nextInt(500);
      }
    }

    private static ShardGroupId id(int group) {
      return new ShardGroupId(group + 1);
    }

    private static Bytes key(int group, int number) {
      return Bytes.utf8("g" + group + "k" + number);
    }

    private List<Bytes> keys(int group) {
      return Stream.generate(() -> key(group, random.nextInt(KEYS)))
          .limit(1 + random.nextInt(3))
          .distinct()
          .toList();
    }

    private Freshness freshness(int group, int revision, OptionalLong staleness) {
      return new Freshness(
          "node-1",
          ReplicaRole.FOLLOWER,
          new Token(CLUSTER, id(group), new Revision(revision), Epoch.NONE),
          staleness,
          new Epoch(1),
          NumaDomain.FIRST,
          Freshness.Source.SERVER);
    }

    // --- writes

    private void write(boolean own) {
      int group = random.nextInt(2);
      Transaction.Builder changes = Transaction.in("n");
      for (Bytes key : keys(group)) {
        if (random.nextInt(4) == 0) {
          changes.delete(key);
        } else {
          changes.put(key, Bytes.utf8("v" + numbers++));
        }
      }
      Transaction transaction = changes.build();
      if (own) {
        touched(transaction);
        ownWrite(group, transaction, near.writing(transaction));
      } else {
        after(
            random.nextInt(10),
            () -> {
              int revision = histories.get(group).apply(transaction);
              after(random.nextInt(5), () -> acknowledged(group, revision));
            });
      }
    }

    private void touched(Transaction transaction) {
      transaction.mutations().forEach(mutation -> lastOwnStep.put(mutation.key(), step));
    }

    private void acknowledged(int group, int revision) {
      histories.get(group).acknowledgedAt.put(revision, time);
    }

    /// Answered, applied without an answer before or after its end, or lost.
    private void ownWrite(int group, Transaction transaction, NearCache.OwnWrite noted) {
      int fate = random.nextInt(10);
      if (fate < 6) {
        after(
            random.nextInt(10),
            () -> {
              int revision = histories.get(group).apply(transaction);
              after(random.nextInt(10), () -> answered(group, transaction, noted, revision));
            });
      } else {
        if (fate < 9) {
          after(random.nextInt(25), () -> histories.get(group).apply(transaction));
        }
        after(
            random.nextInt(15),
            () -> {
              touched(transaction);
              var unused = noted.onOutcome(new Outcome.Unknown<>("lost"));
            });
      }
    }

    private void answered(
        int group, Transaction transaction, NearCache.OwnWrite noted, int revision) {
      var unused =
          noted.onOutcome(
              new Outcome.Done<>(
                  new WriteAnswer(
                      new WriteAnswer.Applied(List.of()),
                      freshness(group, revision, OptionalLong.of(0)),
                      1,
                      false)));
      acknowledged(group, revision);
      transaction
          .mutations()
          .forEach(mutation -> ownAcknowledged.merge(mutation.key(), revision, Math::max));
    }

    // --- reads

    private void read() {
      int group = random.nextInt(2);
      ReadOptions options = options();
      NearCache.Question question =
          new NearCache.Question(
              "n", keys(group), id(group), CLUSTER, Epoch.FIRST, options.consistency(), options);
      Optional<GroupAnswer> found = near.find(question);
      if (found.isPresent()) {
        hits++;
        check(group, question, found.get());
      } else {
        ask(group, question);
      }
    }

    private ReadOptions options() {
      return switch (random.nextInt(8)) {
        case 0 -> ReadOptions.linearizable();
        case 1 -> ReadOptions.local();
        case 2, 3 -> ReadOptions.atLeast(tokens());
        default -> ReadOptions.bounded(Duration.ofMillis(1 + random.nextInt(80)));
      };
    }

    /// Of one group or both, often of something recent.
    private Tokens tokens() {
      Tokens tokens = new Tokens();
      for (int group = 0; group < 2; group++) {
        int latest = histories.get(group).latest();
        int revision = Math.max(0, latest - random.nextInt(6));
        if (random.nextInt(4) > 0) {
          tokens.observe(new Token(CLUSTER, id(group), new Revision(revision), Epoch.NONE));
        }
      }
      return tokens;
    }

    private void ask(int group, NearCache.Question question) {
      NearCache.Asked asked = near.asking(question.namespace(), question.keys());
      int sentAtStep = step;
      long sent = time;
      after(
          random.nextInt(12),
          () -> {
            GroupAnswer answer = serve(group, question, sent);
            for (int i = 0; i < question.keys().size(); i++) {
              said.computeIfAbsent(question.keys().get(i), k -> new ArrayList<>())
                  .add(new Said(sentAtStep, answer.records().get(i)));
            }
            after(random.nextInt(12), () -> asked.onAnswer(answer));
          });
    }

    /// The worst that the contract allows, at random.
    private GroupAnswer serve(int group, NearCache.Question question, long sent) {
      History history = histories.get(group);
      Consistency consistency = question.options().consistency();
      int least = 0;
      OptionalLong staleness = OptionalLong.empty();
      if (consistency instanceof Consistency.Linearizable) {
        least = history.acknowledgedBefore(sent);
        staleness = OptionalLong.of(0);
      } else if (consistency instanceof Consistency.Bounded bounded) {
        long stated = random.nextInt((int) bounded.maxStaleness().toMillis() + 1);
        least = history.acknowledgedBefore(time - stated);
        staleness = OptionalLong.of(stated);
      } else if (consistency instanceof Consistency.AtLeast atLeast) {
        least =
            atLeast.tokens().of(id(group)).map(token -> (int) token.revision().value()).orElse(0);
      }
      int revision = least + random.nextInt(history.latest() - least + 1);
      return new GroupAnswer(
          question.keys().stream().map(key -> history.at(revision, key)).toList(),
          freshness(group, revision, staleness));
    }

    // --- the judge

    private void check(int group, NearCache.Question question, GroupAnswer answer) {
      History history = histories.get(group);
      int revision = (int) answer.freshness().token().revision().value();
      Supplier<String> about =
          () -> "vx.seed=" + seed + " time=" + time + " question=" + question + " answer=" + answer;
      assertEquals(Freshness.Source.NEAR_CACHE, answer.freshness().source(), about);
      assertEquals(
          question.keys().stream().map(key -> history.at(revision, key)).toList(),
          answer.records(),
          () -> "one state of the group, at the revision named: " + about.get());
      answer
          .freshness()
          .stalenessMs()
          .ifPresent(stated ->
              assertTrue(
                  revision >= history.acknowledgedBefore(time - stated),
                  () -> "not older than it says: " + about.get()));
      checkContract(history, question, revision, about);
      for (int i = 0; i < question.keys().size(); i++) {
        checkOwnWrites(question.keys().get(i), answer.records().get(i), revision, about);
      }
    }

    private void checkContract(
        History history, NearCache.Question question, int revision, Supplier<String> about) {
      Consistency consistency = question.options().consistency();
      if (consistency instanceof Consistency.Bounded bounded) {
        long bound = bounded.maxStaleness().toMillis();
        assertTrue(
            revision >= history.acknowledgedBefore(time - bound),
            () -> "within the bound: " + about.get());
      } else if (consistency instanceof Consistency.AtLeast atLeast) {
        Token token = atLeast.tokens().of(question.group()).orElseThrow();
        assertTrue(
            revision >= token.revision().value(), () -> "at least the token: " + about.get());
      } else {
        throw new AssertionError("never from memory: " + about.get());
      }
    }

    private void checkOwnWrites(
        Bytes key, Optional<StoredRecord> record, int revision, Supplier<String> about) {
      assertTrue(
          revision >= ownAcknowledged.getOrDefault(key, 0),
          () -> "holds what this client's writers were told: " + about.get());
      int since = lastOwnStep.getOrDefault(key, 0);
      assertTrue(
          said.getOrDefault(key, List.of()).stream()
              .anyMatch(each -> each.sentAtStep >= since && each.record.equals(record)),
          () -> "said by a server that was asked after the last own write: " + about.get());
    }
  }
}
