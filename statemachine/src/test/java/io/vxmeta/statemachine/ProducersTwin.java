package io.vxmeta.statemachine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Producers as the API describes them, without a thought for speed or memory.
final class ProducersTwin {
  static final class Known {
    long epoch;
    long highest;
    long floor;
    long lastSeen;
    long stamp;
    final TreeMap<Long, String> answers = new TreeMap<>();
  }

  private final ProducerLimits limits;
  private final Map<Long, Known> known = new HashMap<>();
  private long stamp;

  ProducersTwin(ProducerLimits limits) {
    this.limits = limits;
  }

  int count() {
    return known.size();
  }

  void expire(long now) {
    List<Map.Entry<Long, Known>> byAge = new ArrayList<>(known.entrySet());
    byAge.sort(Comparator.comparingLong(entry -> entry.getValue().stamp));
    for (int i = 0; i < Math.min(byAge.size(), Producers.FORGOTTEN_PER_ENTRY_MAX); i++) {
      if (now - byAge.get(i).getValue().lastSeen <= limits.idleMs()) {
        return;
      }
      known.remove(byAge.get(i).getKey());
    }
  }

  /// What is answered at once; empty if the transaction is fresh.
  Optional<String> admit(long id, long epoch, long sequence) {
    Known producer = known.get(id);
    if (producer == null) {
      return known.size() < limits.producersMax()
          ? Optional.empty()
          : Optional.of("TOO_MANY_PRODUCERS");
    }
    if (epoch < producer.epoch) {
      return Optional.of("PRODUCER_FENCED " + producer.epoch);
    }
    if (epoch > producer.epoch) {
      return Optional.empty();
    }
    if (sequence <= producer.floor) {
      return Optional.of("SEQUENCE_TOO_OLD " + producer.highest);
    }
    return Optional.ofNullable(producer.answers.get(sequence)).map(first -> "again " + first);
  }

  void remember(long id, long epoch, long sequence, String answer, long now) {
    Known producer = known.computeIfAbsent(id, _ -> new Known());
    if (producer.epoch != epoch) {
      producer.answers.clear();
      producer.highest = 0;
      producer.floor = 0;
      producer.epoch = epoch;
    }
    producer.highest = Math.max(producer.highest, sequence);
    producer.floor = Math.max(producer.floor, producer.highest - 1_024);
    producer.answers.headMap(producer.floor, true).clear();
    producer.answers.put(sequence, answer);
    producer.lastSeen = now;
    producer.stamp = ++stamp;
  }
}
