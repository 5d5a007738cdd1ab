package io.vxmeta.chaos.bench;

import io.vxmeta.chaos.check.txn.Journal;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// A strictly serializable store of lists and its clients, all made up, which fill a journal with a
/// valid history.
///
/// The same seed gives the same history.
final class SimulatedLists {
  /* Each turn a random client goes one stage further: it calls, its transaction happens, it learns the outcome. So a
   * transaction happens at one instant between its call and its outcome, and `clients` are in flight at any time.
   * Keys: a few are in use at a time, each half as likely as the one before; a key is replaced after APPENDS_MAX appends
   * were called, so lists stay bounded. Elements of a key are counted when called, and land in the order in which
   * transactions happen. */

  private static final int KEYS_IN_USE = 10;
  private static final int APPENDS_MAX = 100;
  private static final int STEPS_MAX = 4;

  /// One of so many transactions has an unknown outcome; half of those happened.
  private static final int UNKNOWN_ONE_IN = 1_000;

  private final Random random;
  private final Journal journal = new Journal();
  private final Client[] clients;
  private final int[] inUse = new int[KEYS_IN_USE];
  private final List<Key> keys = new ArrayList<>();
  private long events;
  private int nextProcess;

  /// How a client's transaction will end.
  private enum Fate {
    OK,
    UNKNOWN_HAPPENED,
    UNKNOWN_LOST
  }

  private static final class Key {
    private int called;
    private int length;
    private int[] elements = new int[APPENDS_MAX];
  }

  /// A transaction in flight: of each step its key and the element to append, or once it happened
  /// the length read.
  private final class Client {
    private int process = nextProcess++;
    private int stage;
    private Fate fate = Fate.OK;
    private int steps;
    private final int[] key = new int[STEPS_MAX];
    private final boolean[] appends = new boolean[STEPS_MAX];
    private final int[] what = new int[STEPS_MAX];
  }

  SimulatedLists(long seed, int concurrency) {
    random = new Random(seed);
    clients = new Client[concurrency];
    Arrays.setAll(clients, _ -> new Client());
    Arrays.setAll(inUse, _ -> newKey());
  }

  private int newKey() {
    keys.add(new Key());
    return keys.size() - 1;
  }

  private Key key(int number) {
    return keys.get(number);
  }

  /// Runs until so many transactions were called, and lets them end.
  Journal run(int transactions) {
    int called = 0;
    while (called < transactions) {
      Client client = clients[random.nextInt(clients.length)];
      called += client.stage == 0 ? 1 : 0;
      advance(client);
    }
    for (Client client : clients) {
      while (client.stage != 0) {
        advance(client);
      }
    }
    return journal;
  }

  private void advance(Client client) {
    switch (client.stage) {
      case 0 -> call(client);
      case 1 -> happen(client);
      default -> end(client);
    }
    client.stage = (client.stage + 1) % 3;
  }

  private void begin(Client client, Operation.Type type) {
    journal.begin(events, events, client.process, type);
    events++;
  }

  private void call(Client client) {
    client.fate =
        random.nextInt(UNKNOWN_ONE_IN) > 0
            ? Fate.OK
            : random.nextBoolean() ? Fate.UNKNOWN_HAPPENED : Fate.UNKNOWN_LOST;
    client.steps = 1 + random.nextInt(STEPS_MAX);
    begin(client, Operation.Type.INVOKE);
    for (int i = 0; i < client.steps; i++) {
      int place =
          Math.min(KEYS_IN_USE - 1, Integer.numberOfTrailingZeros(random.nextInt() | 1 << 30));
      client.key[i] = inUse[place];
      client.appends[i] = random.nextBoolean();
      if (client.appends[i]) {
        client.what[i] = ++key(inUse[place]).called;
        journal.append(client.key[i], client.what[i]);
        if (client.what[i] == APPENDS_MAX) {
          inUse[place] = newKey();
        }
      } else {
        journal.read(client.key[i]);
      }
    }
  }

  private void happen(Client client) {
    if (client.fate == Fate.UNKNOWN_LOST) {
      return;
    }
    for (int i = 0; i < client.steps; i++) {
      Key key = key(client.key[i]);
      if (client.appends[i]) {
        key.elements[key.length++] = client.what[i];
      } else {
        client.what[i] = key.length;
      }
    }
  }

  private void end(Client client) {
    begin(client, client.fate == Fate.OK ? Operation.Type.OK : Operation.Type.INFO);
    for (int i = 0; i < client.steps; i++) {
      if (client.appends[i]) {
        journal.append(client.key[i], client.what[i]);
      } else if (client.fate == Fate.OK) {
        journal.read(client.key[i], key(client.key[i]).elements, client.what[i]);
      } else {
        journal.read(client.key[i]);
      }
    }
    if (client.fate != Fate.OK) {
      client.process = nextProcess++;
    }
  }
}
