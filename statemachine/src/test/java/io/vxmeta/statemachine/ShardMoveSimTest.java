package io.vxmeta.statemachine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.Lifetime;
import io.vxmeta.statemachine.batch.MoveEncoder;
import io.vxmeta.statemachine.batch.MoveKind;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A shard moves between two groups, there and back, while clients write, coordinators come and go,
/// replicas crash, and every entry is repeated: nothing is lost, doubled or stale.
final class ShardMoveSimTest {
  private static final int SHARD = 3;

  /// Of the first group, for good.
  private static final int OTHER = 40;

  private static final int KEYS = 60;
  private static final int RUNS = Boolean.getBoolean("vx.long") ? 40 : 4;
  private static final int STEPS = 700;

  @TempDir Path root;

  @Test
  void nothingIsLostDoubledOrStaleWhateverFails() {
    int[] moves = new int[1];
    Seeded.runs(
        1,
        RUNS,
        random -> {
          Path place = root.resolve("run-" + random.nextLong());
          try (MovingGroup one = new MovingGroup(place, 2, Groups.SHARDS);
              MovingGroup other = new MovingGroup(place, 3, List.of(5))) {
            World world = new World(random, List.of(one, other));
            for (int step = 0; step < STEPS; step++) {
              world.step();
            }
            world.end();
            moves[0] += world.moves;
          }
        });
    assertTrue(moves[0] > 2 * RUNS, "moves " + moves[0]);
  }

  private record Stored(String value, int flags, long expiresAtMs, long version, long created) {}

  /// A transaction that a client repeats until it knows what became of it.
  private static final class Client {
    private final int id;
    private int group;
    private long sequence;
    private boolean underWay;
    private int key;
    private int kind;
    private long happened;
    private long expiresAtMs;

    Client(int id) {
      this.id = id;
    }
  }

  private static final class World {
    private final Random random;
    private final List<MovingGroup> groups;
    private final Map<String, Stored> model = new HashMap<>();
    private final List<Client> clients = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();
    private Optional<ShardCopy> copy = Optional.empty();
    private Optional<EncodedTransaction> pending = Optional.empty();
    private long attempt;
    private int source;
    private int moves;

    /// The highest revision that an answer about the shard can have had.
    private long answered;

    private long others;

    private record Sent(int group, EncodedTransaction entry) {}

    World(Random random, List<MovingGroup> groups) {
      this.random = random;
      this.groups = groups;
      for (int i = 0; i < 4; i++) {
        clients.add(new Client(i));
      }
    }

    void step() throws IOException {
      groups.forEach(group -> group.passTime(1));
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3, 4, 5, 6 -> write(clients.get(random.nextInt(clients.size())));
        case 7, 8, 9, 10, 11, 12, 13 -> coordinate();
        case 14 -> {
          late();
          writeOther();
        }
        case 15 -> thaw();
        case 16 -> {
          copy = Optional.empty(); // Another coordinator.
          pending = Optional.empty();
        }
        case 17 -> snapshot();
        case 18 -> crash();
        default -> {
          for (int i = random.nextInt(40); i > 0; i--) {
            anyGroup().second().step();
          }
        }
      }
      look();
    }

    private MovingGroup anyGroup() {
      return groups.get(random.nextInt(2));
    }

    private MovingGroup.Member anyMember() {
      MovingGroup group = anyGroup();
      return random.nextBoolean() ? group.first() : group.second();
    }

    /// Each waits for the disk.
    private void snapshot() throws IOException {
      if (random.nextInt(3) == 0) {
        anyMember().snapshot();
      }
    }

    private void crash() throws IOException {
      if (random.nextInt(3) > 0) {
        return;
      }
      MovingGroup group = anyGroup();
      if (random.nextBoolean()) {
        StateDigest before = group.state().digest();
        group.first().crash();
        group.first().catchUp();
        assertEquals(before, group.state().digest());
      } else {
        group.second().crash();
      }
    }

    // ---- clients

    private void write(Client client) {
      if (!client.underWay) {
        client.underWay = true;
        client.sequence++;
        client.key = random.nextInt(KEYS);
        client.kind = random.nextInt(5);
        client.happened = 0;
        client.expiresAtMs = random.nextBoolean() ? 0 : 1_000_000 + random.nextInt(9);
      }
      Answer answer = groups.get(client.group).apply(encoded(client));
      boolean lost = random.nextInt(4) == 0;
      switch (answer.outcome()) {
        case APPLIED -> {
          if (answer.replayed()) {
            assertEquals(client.happened, answer.revision(), "the first answer");
          } else {
            assertEquals(0, client.happened, "happens twice");
            client.happened = answer.revision();
            happen(client, answer.revision());
          }
          client.underWay = lost;
        }
        case MOVED -> {
          assertEquals(0, client.happened, "moved, but it happened");
          if (!lost) {
            // Numbered anew, for the other group.
            client.group = 1 - client.group;
            client.sequence++;
          }
        }
        case LATER -> assertEquals(0, client.happened, "later, but it happened");
        default -> throw new AssertionError(ProducersTest.describe(answer));
      }
    }

    /// Raises the revision of the first group, whatever its shards do.
    private void writeOther() {
      byte[] id = new byte[16];
      id[3] = 99;
      Slice key = Slice.of(key(0).getBytes(StandardCharsets.UTF_8));
      EncodedTransaction write =
          new TransactionEncoder()
              .begin(1, id, 1, ++others)
              .put(OTHER, key, Slice.of(id), 0, Lifetime.until(0))
              .end();
      assertEquals(Outcome.APPLIED, groups.get(0).apply(write).outcome());
    }

    private static EncodedTransaction encoded(Client client) {
      byte[] id = new byte[16];
      id[3] = (byte) (1 + client.id);
      TransactionEncoder encoder = new TransactionEncoder().begin(1, id, 1, client.sequence);
      Slice key = Slice.of(key(client.key).getBytes(StandardCharsets.UTF_8));
      return client.kind == 0
          ? encoder.delete(SHARD, key).end()
          : encoder
              .put(SHARD, key, value(client), client.kind, Lifetime.until(client.expiresAtMs))
              .end();
    }

    private static Slice value(Client client) {
      return Slice.of(valueOf(client).getBytes(StandardCharsets.UTF_8));
    }

    private static String valueOf(Client client) {
      return "v" + client.id + "-" + client.sequence + "x".repeat(client.kind * 3_000);
    }

    private static String key(int key) {
      return "key-" + key;
    }

    private void happen(Client client, long revision) {
      String key = key(client.key);
      Stored old = model.get(key);
      if (old != null) {
        assertTrue(revision > old.version, "versions of a key grow");
      }
      if (client.kind == 0) {
        model.remove(key);
      } else {
        model.put(
            key,
            new Stored(
                valueOf(client),
                client.kind,
                client.expiresAtMs,
                revision,
                old == null ? revision : old.created));
      }
    }

    // ---- coordinators

    private Answer propose(int group, EncodedTransaction entry) {
      sent.add(new Sent(group, entry));
      return groups.get(group).apply(entry);
    }

    private EncodedTransaction accept(int from, long of) {
      return MoveEncoder.accept(SHARD, of, groups.get(from).state().revision());
    }

    private void propose(int group, MoveKind kind) {
      Answer _ = propose(group, MoveEncoder.of(kind, SHARD, attempt));
    }

    /// Anything that was ever due arrives again.
    private void late() {
      if (!sent.isEmpty()) {
        Sent again = sent.get(random.nextInt(sent.size()));
        Answer _ = groups.get(again.group).apply(again.entry);
      }
    }

    private void thaw() {
      if (groups.get(source).standing(SHARD).isOpen(attempt) && random.nextInt(3) == 0) {
        propose(source, MoveKind.THAW);
      }
    }

    private void begin() {
      source = groups.get(0).standing(SHARD).phase().serves() ? 0 : 1;
      attempt++;
      copy = Optional.empty();
      pending = Optional.empty();
    }

    /// What is due by the table of docs/shard-moves.md.
    private void coordinate() {
      ShardStanding from = groups.get(source).standing(SHARD);
      ShardStanding to = groups.get(1 - source).standing(SHARD);
      if (attempt == 0) {
        begin();
      } else if (from.is(ShardPhase.AWAY, attempt) && to.is(ShardPhase.OWNED, attempt)) {
        propose(source, MoveKind.RELEASE);
        moves++;
        begin();
      } else if (from.is(ShardPhase.AWAY, attempt)) {
        propose(1 - source, accept(source, attempt));
      } else if (from.attempt() < attempt) {
        propose(source, MoveKind.BEGIN);
      } else if (!from.isOpen(attempt)) {
        if (to.attempt() == attempt && to.phase().arrives()) {
          propose(1 - source, MoveKind.DROP);
        }
        begin();
      } else if (to.attempt() < attempt) {
        propose(1 - source, MoveKind.STAGE);
      } else if (to.is(ShardPhase.SEALED, attempt)) {
        if (from.phase() == ShardPhase.FROZEN) {
          propose(source, MoveKind.GIVE);
        }
      } else {
        copySome(from, to);
      }
    }

    private void copySome(ShardStanding from, ShardStanding to) {
      if (copy.isEmpty() && to.nextPart() > 0) {
        if (from.phase() == ShardPhase.FROZEN) {
          propose(source, MoveKind.THAW);
        }
        begin(); // Of another coordinator: the copy is not gone on with.
        return;
      }
      if (copy.isEmpty()) {
        MovingGroup.Member reads =
            random.nextInt(3) == 0 ? groups.get(source).second() : groups.get(source).first();
        copy = Optional.of(reads.state().copy(SHARD, attempt));
      }
      if (pending.isEmpty()) {
        next(copy.get());
      }
      if (pending.isPresent() && random.nextInt(5) > 0) {
        Answer answer = propose(1 - source, pending.get());
        assertTrue(
            answer.outcome() == Outcome.APPLIED || answer.outcome() == Outcome.OUT_OF_TURN,
            () -> "part or seal: " + answer.outcome());
        if (random.nextInt(5) > 0) {
          pending = Optional.empty();
        }
      }
    }

    private void next(ShardCopy reads) {
      try {
        switch (reads.next()) {
          case CopyStep.Part part -> pending = Optional.of(part.entry());
          case CopyStep.Seal seal -> pending = Optional.of(seal.entry());
          case CopyStep.Freeze _ -> {
            propose(source, MoveKind.FREEZE);
            if (random.nextBoolean()) {
              groups.get(source).second().catchUp();
            }
          }
          case CopyStep.Over _ -> giveUp();
        }
      } catch (IllegalStateException crashed) {
        giveUp();
      }
    }

    private void giveUp() {
      if (groups.get(source).standing(SHARD).isOpen(attempt)) {
        propose(source, MoveKind.THAW);
      }
      begin();
    }

    // ---- claims

    private void look() {
      List<MovingGroup> serving =
          groups.stream().filter(group -> group.state().reader().serves(SHARD)).toList();
      assertTrue(serving.size() <= 1, "two groups serve");
      int key = random.nextInt(KEYS);
      for (MovingGroup group : serving) {
        assertTrue(group.state().revision() >= answered, "an answer with a lower revision");
        answered = group.state().revision();
        assertEquals(Optional.ofNullable(model.get(key(key))), find(group, key(key)));
      }
    }

    private static Optional<Stored> find(MovingGroup group, String key) {
      byte[] tableKey = GroupTwin.tableKey(1, key.getBytes(StandardCharsets.UTF_8));
      MultiGet get = MultiGet.whole();
      get.add(SHARD, tableKey, 0, tableKey.length);
      long _ = group.state().reader().read(get);
      var found = get.record(0);
      return found.found()
          ? Optional.of(
              new Stored(
                  new String(found.value(), 0, found.valueLength(), StandardCharsets.UTF_8),
                  found.flags(),
                  found.expiresAtMs(),
                  found.version(),
                  found.createVersion()))
          : Optional.empty();
    }

    void end() {
      for (int i = 0; i < 500 && !settled(); i++) {
        finish();
      }
      assertTrue(settled(), "no way to an end");
      int owner = groups.get(0).standing(SHARD).phase() == ShardPhase.OWNED ? 0 : 1;
      for (int key = 0; key < KEYS; key++) {
        assertEquals(
            Optional.ofNullable(model.get(key(key))), find(groups.get(owner), key(key)), key(key));
      }
      for (MovingGroup group : groups) {
        group.second().catchUp();
        assertEquals(group.state().digest(), group.second().state().digest());
        assertEquals(List.of(), group.state().verify());
      }
      long other = owner == 0 && others > 0 ? 1 : 0;
      assertEquals(model.size() + other, groups.get(owner).state().digest().records());
      for (Client client : clients) {
        for (int i = 0; client.underWay && i < 200; i++) {
          write(client);
        }
        assertFalse(client.underWay, "a client stays in doubt");
      }
    }

    /// One group owns the shard, nothing is under way, the other has nothing of it.
    private boolean settled() {
      ShardStanding one = groups.get(0).standing(SHARD);
      ShardStanding other = groups.get(1).standing(SHARD);
      boolean owned = one.phase() == ShardPhase.OWNED || other.phase() == ShardPhase.OWNED;
      int away = one.phase() == ShardPhase.OWNED ? 1 : 0;
      return owned
          && !one.open()
          && !other.open()
          && groups.get(away).standing(SHARD).phase() == ShardPhase.AWAY
          && groups.get(away).state().tableUsage().stream().noneMatch(t -> t.shard() == SHARD);
    }

    /// Gives up what can be given up, and ends the rest.
    private void finish() {
      for (int group = 0; group < 2; group++) {
        ShardStanding here = groups.get(group).standing(SHARD);
        ShardStanding there = groups.get(1 - group).standing(SHARD);
        long of = here.attempt();
        if (here.open()) {
          apply(group, MoveKind.THAW, of);
        } else if (here.phase() == ShardPhase.AWAY && there.is(ShardPhase.SEALED, of)) {
          Answer _ = groups.get(1 - group).apply(accept(group, of));
        } else if (here.phase() == ShardPhase.AWAY && there.is(ShardPhase.OWNED, of)) {
          apply(group, MoveKind.RELEASE, of);
        } else if (here.phase().arrives() && there.phase() == ShardPhase.OWNED && !there.open()) {
          apply(group, MoveKind.DROP, of);
        }
      }
    }

    private void apply(int group, MoveKind kind, long of) {
      Answer _ = groups.get(group).apply(MoveEncoder.of(kind, SHARD, of));
    }
  }
}
