package io.vxmeta.chaos.nemesis;

import static io.vxmeta.chaos.nemesis.FaultFamily.CONNECTION;
import static io.vxmeta.chaos.nemesis.FaultFamily.LINK;
import static io.vxmeta.chaos.net.Wires.CLIENT;

import io.vxmeta.chaos.net.Disturbance;
import io.vxmeta.chaos.net.Trouble;
import io.vxmeta.chaos.net.Way;
import io.vxmeta.shardmap.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/// Connections that break, forget, lose, come late or are slow.
final class Links {
  private static final int RESET_MS_LEAST = 50;
  private static final int RESET_MS_MOST = 300;
  private static final int QUIET_MS_LEAST = 200;
  private static final int QUIET_MS_MOST = 2_000;

  /// From a neighbour city to another continent; heartbeats come 3 times in an election timeout.
  private static final int DELAY_MS_LEAST = 5;

  private static final int DELAY_MS_MOST = 150;

  /// Wide enough for heartbeats, too narrow for a run's traffic.
  private static final int NARROW_BYTES_LEAST = 16 << 10;

  private static final int NARROW_BYTES_MOST = 128 << 10;

  private static final int LOSS_PERCENT_LEAST = 2;
  private static final int LOSS_PERCENT_MOST = 30;

  private Links() {}

  static List<Fault> all() {
    return List.of(
        new Recipe(
            "resets",
            CONNECTION,
            "the connections of one node are reset, again and again",
            Needs.wires(Trouble.Refused.class),
            Links::resets),
        fault(
            "half-open",
            CONNECTION,
            "one node forgets its connections without a word; new ones hang",
            Trouble.HalfOpen.class,
            _ -> new Trouble.HalfOpen()),
        fault(
            "black-hole",
            CONNECTION,
            "the connections of one node carry nothing any more, and nobody is told; new ones are well",
            Trouble.BlackHole.class,
            _ -> new Trouble.BlackHole()),
        fault(
            "delay",
            LINK,
            "everything from and to one node comes late, by 5 to 300 ms",
            Trouble.Late.class,
            Links::late),
        fault(
            "narrow",
            LINK,
            "16 to 128 KiB a second pass from and to one node",
            Trouble.Narrow.class,
            random ->
                new Trouble.Narrow(random.nextInt(NARROW_BYTES_LEAST, NARROW_BYTES_MOST + 1))),
        fault(
            "loss",
            LINK,
            "2 to 30 % of the packets from and to one node are lost",
            Trouble.Lossy.class,
            random ->
                new Trouble.Lossy(random.nextInt(LOSS_PERCENT_LEAST, LOSS_PERCENT_MOST + 1))));
  }

  /// Chooses how bad it is.
  private interface Dose {
    Trouble trouble(Random random);
  }

  private static Fault fault(
      String name, FaultFamily family, String summary, Class<? extends Trouble> kind, Dose dose) {
    return new Recipe(
        name,
        family,
        summary,
        Needs.wires(kind),
        (field, random) -> {
          NodeId node = Partitions.any(field, random);
          Trouble trouble = dose.trouble(random);
          return Optional.of(
              Troubled.put(
                  field, "%s %s %s".formatted(name, node, trouble), ways(field, node), trouble));
        });
  }

  private static Trouble late(Random random) {
    int least = random.nextInt(DELAY_MS_LEAST, DELAY_MS_MOST + 1);
    return new Trouble.Late(
        Duration.ofMillis(least), Duration.ofMillis(least + random.nextInt(DELAY_MS_MOST + 1)));
  }

  private static Optional<Injury> resets(Battlefield field, Random random) {
    NodeId node = Partitions.any(field, random);
    Set<Way> ways = ways(field, node);
    AtomicLong reset = new AtomicLong();
    long since = System.nanoTime();
    Repetition loop =
        Repetition.start(
            "resets",
            random,
            (turn, dice) -> {
              Disturbance refused = Troubled.wires(field).disturb(ways, new Trouble.Refused());
              try {
                turn.rest(dice, RESET_MS_LEAST, RESET_MS_MOST);
              } finally {
                refused.lift();
              }
              reset.addAndGet(refused.hindered());
              turn.rest(dice, QUIET_MS_LEAST, QUIET_MS_MOST);
            });
    return Optional.of(
        new Wound(
            "resets " + node,
            () -> {
              int times = Troubled.endNotBefore(since, loop);
              return Evidence.of(
                  reset.get() > 0, "times=%d connections_reset=%d".formatted(times, reset.get()));
            }));
  }

  private static Set<Way> ways(Battlefield field, NodeId node) {
    List<NodeId> others = new ArrayList<>(field.cluster().nodes());
    others.add(CLIENT);
    return Way.between(List.of(node), others);
  }
}
