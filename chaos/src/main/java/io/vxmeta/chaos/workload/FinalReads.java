package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.workload.Judgement.Finding;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Freshness;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.shardmap.NodeId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/// Reads the final state at every replica: linearizably, which is recorded, and locally, which must
/// be the same.
final class FinalReads {
  /* Threads: one, after all clients have stopped and the replicas have caught up.
   * A local answer may be of another revision than the linearizable one when a write in doubt was applied between the two:
   * then both are asked again. At one revision they must agree. */

  /// Keys of one read. All have one tag, so they are read at one instant.
  private static final int KEYS_MAX = 256;

  /// The cluster is healed; a node may still be warming up.
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  /// Times that both are asked before a replica counts as one that does not catch up.
  private static final int TRIES_MAX = 50;

  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Caller caller;
  private final List<Finding> findings = new ArrayList<>();
  private String trouble = "";

  /// Puts what was found under a key into the words of the workload's history.
  interface Words {
    Micro of(long key, Optional<StoredRecord> found);
  }

  FinalReads(Caller caller) {
    this.caller = caller;
  }

  Caller caller() {
    return caller;
  }

  List<NodeId> nodes() {
    return caller.crew().stage().cluster().nodes();
  }

  List<Finding> findings() {
    return findings;
  }

  /// Why some replica could not be read; empty when all were.
  String trouble() {
    return trouble;
  }

  void find(String name, String proof) {
    findings.add(new Finding(name, proof));
  }

  void fail(String why) {
    trouble = trouble.isEmpty() ? why : trouble;
  }

  /// Reads the keys with these numbers, tag by tag, at every node.
  void read(KeySpace space, Iterable<Long> numbers, Words words) {
    Map<Integer, List<Long>> byTag = new TreeMap<>();
    numbers.forEach(
        number -> byTag.computeIfAbsent(space.tag(number), _ -> new ArrayList<>()).add(number));
    for (List<Long> ofTag : byTag.values()) {
      for (int from = 0; from < ofTag.size(); from += KEYS_MAX) {
        List<Long> part = ofTag.subList(from, Math.min(ofTag.size(), from + KEYS_MAX));
        read(question(space, part, words));
      }
    }
  }

  private static Question question(KeySpace space, List<Long> numbers, Words words) {
    List<Micro> asked = new ArrayList<>();
    numbers.forEach(number -> asked.add(new Micro.ReadNull(number)));
    return new Question(
        numbers.stream().map(space::key).toList(),
        asked,
        records -> {
          List<Micro> seen = new ArrayList<>();
          for (int i = 0; i < numbers.size(); i++) {
            seen.add(words.of(numbers.get(i), records.get(i)));
          }
          return seen;
        });
  }

  /// One read of keys with one tag, and its words in the history.
  record Question(
      List<Bytes> keys,
      List<Micro> asked,
      Function<List<Optional<StoredRecord>>, List<Micro>> answered) {}

  /// Asks every node.
  void read(Question question) {
    nodes().forEach(node -> read(node, question));
  }

  private void read(NodeId node, Question question) {
    Optional<ReadAnswer> proven = recorded(node, question);
    for (int i = 0; i < TRIES_MAX && proven.isPresent(); i++) {
      ReadOptions local = ReadOptions.local().at(node).within(DEADLINE);
      switch (caller.read(question.keys, local)) {
        case Caller.Reply.Refused refused -> {
          unreadable(node, refused.why());
          return;
        }
        case Caller.Reply.Answered answered -> {
          if (sameRevision(proven.get(), answered.answer())) {
            compare(node, question.keys, proven.get(), answered.answer());
            return;
          }
        }
      }
      LockSupport.parkNanos(PAUSE.toNanos());
      proven = recorded(node, question);
    }
    if (proven.isPresent()) {
      fail("a replica did not catch up: node=" + node + " tries=" + TRIES_MAX);
    }
  }

  private void unreadable(NodeId node, String why) {
    fail("a replica can not be read: node=" + node + " cause=" + why + "; heal the cluster first");
  }

  private Optional<ReadAnswer> recorded(NodeId node, Question question) {
    Caller.Asked operation = caller.ask(Pulse.Call.READ, question.asked);
    ReadOptions proven = ReadOptions.linearizable().at(node).within(DEADLINE);
    return switch (caller.read(question.keys, proven)) {
      case Caller.Reply.Refused refused -> {
        operation.fail(refused.why());
        unreadable(node, refused.why());
        yield Optional.empty();
      }
      case Caller.Reply.Answered answered -> {
        List<Optional<StoredRecord>> records = answered.answer().records();
        operation.ok(
            question.answered.apply(records),
            Facts.of(answered.answer().freshness().getFirst(), records));
        yield Optional.of(answered.answer());
      }
    };
  }

  private static boolean sameRevision(ReadAnswer one, ReadAnswer other) {
    Freshness first = one.freshness().getFirst();
    Freshness second = other.freshness().getFirst();
    return first.token().group().equals(second.token().group())
        && first.token().revision().equals(second.token().revision());
  }

  private void compare(NodeId node, List<Bytes> keys, ReadAnswer proven, ReadAnswer local) {
    for (int i = 0; i < keys.size(); i++) {
      if (!proven.records().get(i).equals(local.records().get(i))) {
        find(
            "replica-contradicts-itself",
            "node %s answered a linearizable and a local read of %s at one revision, %s, with %s and with %s"
                .formatted(
                    node,
                    keys.get(i),
                    proven.freshness().getFirst().token(),
                    proven.records().get(i),
                    local.records().get(i)));
      }
    }
  }
}
