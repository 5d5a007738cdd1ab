package io.vxmeta.chaos.bench;

import io.vxmeta.chaos.check.linear.RegisterHistory;
import io.vxmeta.chaos.check.linear.RegisterOperation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// A linearizable store of registers and its clients, all made up: a valid history from a seed.
final class SimulatedRegisters {
  /* As in [SimulatedLists], a random client goes one stage further each turn. Half are reads, a tenth are compares, which
   * happen to expect what they meet; values are counted, so that they are unique. */

  private static final int KEYS = 1_000;

  private final Random random;
  private final Client[] clients;
  private final long[] value = new long[KEYS];
  private final long[] version = new long[KEYS];
  private final List<RegisterOperation> operations = new ArrayList<>();
  private long revision;
  private long lastValue;
  private long now;

  private static final class Client {
    private int stage;
    private int place;
  }

  SimulatedRegisters(long seed, int concurrency) {
    random = new Random(seed);
    clients = new Client[concurrency];
    Arrays.setAll(clients, _ -> new Client());
    Arrays.fill(value, RegisterOperation.ABSENT);
  }

  RegisterHistory run(int count) {
    while (operations.size() < count) {
      advance(clients[random.nextInt(clients.length)]);
    }
    for (Client client : clients) {
      while (client.stage != 0) {
        advance(client);
      }
    }
    RegisterHistory history = new RegisterHistory();
    operations.forEach(history::add);
    return history;
  }

  private void advance(Client client) {
    switch (client.stage) {
      case 0 -> call(client);
      case 1 -> operations.set(client.place, happened(operations.get(client.place)));
      default -> {
        RegisterOperation operation = operations.get(client.place);
        operations.set(client.place, operation.during(operation.invoked(), now++));
      }
    }
    client.stage = (client.stage + 1) % 3;
  }

  private void call(Client client) {
    int key = random.nextInt(KEYS);
    int dice = random.nextInt(10);
    RegisterOperation operation =
        dice < 5
            ? RegisterOperation.read(key, RegisterOperation.ABSENT)
            : dice < 9
                ? RegisterOperation.write(key, ++lastValue)
                : RegisterOperation.compareAndSet(
                    key, RegisterOperation.ABSENT, ++lastValue, RegisterOperation.ACCEPTED);
    client.place = operations.size();
    operations.add(operation.during(now++, RegisterOperation.NEVER));
  }

  private RegisterOperation happened(RegisterOperation operation) {
    int key = operation.key();
    RegisterOperation happened =
        switch (operation.kind()) {
          case READ -> operation.withResult(value[key]).at(revision).withVersion(version[key]);
          case WRITE -> operation.at(++revision);
          case COMPARE_AND_SET ->
              RegisterOperation.compareAndSet(
                      key, value[key], operation.argument(), RegisterOperation.ACCEPTED)
                  .during(operation.invoked(), operation.finished())
                  .at(++revision);
        };
    if (operation.kind() != RegisterOperation.Kind.READ) {
      value[key] = operation.argument();
      version[key] = revision;
    }
    return happened;
  }
}
