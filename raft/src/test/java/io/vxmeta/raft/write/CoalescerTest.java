package io.vxmeta.raft.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.ratis.Proposed;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.raft.write.WriteFuture.WriteEnd;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.statemachine.batch.BatchReader;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.batch.MoveEncoder;
import io.vxmeta.statemachine.batch.MoveKind;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Entries grow while others are in flight, keep their order, and fail without losing it.
final class CoalescerTest {
  /// A second entry goes beside the first, however small it is.
  private static final WriteLimits LIMITS =
      new WriteLimits(1 << 20, 100, 2, 1, Limits.TRANSACTION_BYTES_MAX);

  private final ScriptedReplica replica = new ScriptedReplica(new NodeId("a"));
  private final List<WriteRefusal.Reason> refusals = new ArrayList<>();
  private final WriteMeter meter =
      new WriteMeter() {
        @Override
        public void onProposed(int transactions, int bytes) {}

        @Override
        public void onAnswered(long nanos) {}

        @Override
        public void onRefused(WriteRefusal.Reason reason) {
          refusals.add(reason);
        }
      };
  private Coalescer coalescer;

  @BeforeEach
  void lead() {
    replica.role = RaftRole.LEADER;
    replica.ready = true;
    coalescer = coalescer(LIMITS);
  }

  private Coalescer coalescer(WriteLimits limits) {
    return new Coalescer(
        replica,
        limits,
        InstantSource.system(),
        Runnable::run,
        meter,
        namespace -> namespace == HEAVY ? 3 : 1);
  }

  private static final int HEAVY = 9;

  private static EncodedTransaction put(int valueBytes) {
    TransactionEncoder encoder = new TransactionEncoder();
    encoder.beginAnonymous(1);
    encoder.put(1, Slice.of(new byte[] {1}), Slice.of(new byte[valueBytes]), 0);
    return encoder.end();
  }

  private WriteFuture submit(Lane lane, int valueBytes) {
    return submit(1, lane, valueBytes);
  }

  private WriteFuture submit(int namespace, Lane lane, int valueBytes) {
    WriteFuture write =
        new WriteFuture(namespace, put(valueBytes), lane, () -> false, Optional.empty());
    coalescer.submit(write);
    return write;
  }

  private int transactionsIn(int entry) {
    BatchReader reader = new BatchReader();
    reader.open(replica.proposals.get(entry).entry(), 0, replica.proposals.get(entry).length());
    int count = 0;
    while (reader.next()) {
      count++;
    }
    return count;
  }

  private static WriteRefusal.Reason refusalOf(WriteFuture write) {
    assertTrue(write.end().isDone(), "expected an end");
    return assertInstanceOf(WriteEnd.Refused.class, write.end().join()).refusal().reason();
  }

  @Test
  void goesAtOnceWhileThereIsRoomAndGathersWhatArrivesAfter() {
    for (int i = 0; i < 10; i++) {
      submit(new Lane(), 10);
    }
    assertEquals(2, replica.proposals.size());
    replica.ends.getFirst().complete(new Proposed.Applied(1));
    assertEquals(3, replica.proposals.size());
    assertEquals(List.of(1, 1, 8), IntStream.range(0, 3).mapToObj(this::transactionsIn).toList());
  }

  @Test
  void aSmallEntryWaitsForTheOneInFlightAndAnEntryOfSomeSizeDoesNot() {
    coalescer = coalescer(new WriteLimits(1 << 20, 100, 3, 10_000, Limits.TRANSACTION_BYTES_MAX));
    for (int i = 0; i < 10; i++) {
      submit(new Lane(), 10);
    }
    assertEquals(1, replica.proposals.size());
    submit(new Lane(), 10_000);
    assertEquals(2, replica.proposals.size());
    for (int i = 0; i < 5; i++) {
      submit(new Lane(), 10);
    }
    replica.ends.getFirst().complete(new Proposed.Applied(1));
    assertEquals(2, replica.proposals.size(), "one is in flight still");
    replica.ends.get(1).complete(new Proposed.Applied(2));
    assertEquals(List.of(1, 10, 5), IntStream.range(0, 3).mapToObj(this::transactionsIn).toList());
  }

  private void submitMove(MoveKind kind) {
    coalescer.submit(
        WriteFuture.ofSystem(
            kind == MoveKind.ACCEPT ? MoveEncoder.accept(1, 1, 0) : MoveEncoder.of(kind, 1, 1)));
  }

  private boolean isMove(int entry) {
    BatchReader reader = new BatchReader();
    reader.open(replica.proposals.get(entry).entry(), 0, replica.proposals.get(entry).length());
    boolean move = false;
    while (reader.next()) {
      move |= reader.isMove();
    }
    return move;
  }

  @Test
  void anEntryOfAMoveTravelsAloneWhereverItStandsInTheQueue() {
    for (int before = 0; before <= 2; before++) {
      replica.proposals.clear();
      replica.ends.clear();
      lead();
      submit(new Lane(), 10);
      submit(new Lane(), 10);
      for (int i = 0; i < 3; i++) {
        if (i == before) {
          submitMove(MoveKind.FREEZE);
        } else {
          submit(new Lane(), 10);
        }
      }
      for (int end = 0; end < replica.ends.size(); end++) {
        replica.ends.get(end).complete(new Proposed.Applied(1 + end));
      }
      List<Integer> moves =
          IntStream.range(0, replica.proposals.size()).filter(this::isMove).boxed().toList();
      assertEquals(1, moves.size());
      assertEquals(1, transactionsIn(moves.getFirst()), "writes before it: " + before);
      assertEquals(5, IntStream.range(0, replica.proposals.size()).map(this::transactionsIn).sum());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"THAW", "BEGIN", "ACCEPT"})
  void whatMayLetWritesInAgainWaitsUntilNothingIsInFlight(MoveKind kind) {
    submit(new Lane(), 10);
    submit(new Lane(), 10);
    submitMove(kind);
    replica.ends.getFirst().complete(new Proposed.Applied(1));
    assertEquals(2, replica.proposals.size(), "one is in flight still");
    replica.ends.get(1).complete(new Proposed.Applied(2));
    assertEquals(3, replica.proposals.size());
    assertTrue(isMove(2));
  }

  @Test
  void anEntryIsClosedAtItsLimits() {
    for (int i = 0; i < 2 + 150; i++) {
      submit(new Lane(), 10);
    }
    replica.ends.getFirst().complete(new Proposed.Applied(1));
    assertEquals(100, transactionsIn(2));
  }

  @Test
  void moreThanTheQueueHoldsIsRefusedAtOnceAndNothingElseIsHurt() {
    submit(new Lane(), 10);
    submit(new Lane(), 10);
    WriteFuture first = submit(new Lane(), 1 << 20);
    WriteFuture second = submit(new Lane(), 1 << 20);
    WriteFuture third = submit(new Lane(), 1 << 20);
    assertEquals(WriteRefusal.Reason.OVERLOADED, refusalOf(third));
    replica.ends.getFirst().complete(new Proposed.Applied(1));
    assertEquals(3, replica.proposals.size());
    assertTrue(!first.end().isDone() && !second.end().isDone());
  }

  @Test
  void afterAnUnknownEndNothingLaterOfTheSameStreamIsWritten() {
    Lane stream = new Lane();
    WriteFuture first = submit(stream, 10);
    replica.ends.getFirst().complete(new Proposed.Unknown("leader changed"));
    assertInstanceOf(WriteEnd.Unknown.class, first.end().join());
    assertEquals(WriteRefusal.Reason.LANE_BROKEN, refusalOf(submit(stream, 10)));
    assertEquals(1, replica.proposals.size());
    submit(new Lane(), 10);
    assertEquals(2, replica.proposals.size(), "other callers go on");
  }

  @Test
  void whatWaitsBehindAnUnknownEntryOfItsStreamIsNotWritten() {
    Lane stream = new Lane();
    submit(stream, 10);
    submit(new Lane(), 10);
    WriteFuture waiting = submit(stream, 10);
    WriteFuture other = submit(new Lane(), 10);
    replica.ends.getFirst().complete(new Proposed.Unknown("leader changed"));
    assertEquals(WriteRefusal.Reason.LANE_BROKEN, refusalOf(waiting));
    assertEquals(3, replica.proposals.size());
    assertEquals(1, transactionsIn(2), "only the other caller's");
    assertTrue(!other.end().isDone());
  }

  @Test
  void whatWaitsBehindARefusedEntryIsRefusedWithIt() {
    Lane stream = new Lane();
    submit(new Lane(), 10);
    submit(new Lane(), 10);
    WriteFuture first = submit(stream, 1 << 19);
    WriteFuture second = submit(stream, 1 << 19);
    replica.endAtOnce =
        Optional.of(new Proposed.NotAppended(Proposed.Cause.NOT_LEADER, Optional.empty(), "moved"));
    replica.ends.getFirst().complete(new Proposed.Applied(1));
    assertEquals(WriteRefusal.Reason.NOT_LEADER, refusalOf(first));
    assertEquals(WriteRefusal.Reason.NOT_LEADER, refusalOf(second));
    assertEquals(WriteRefusal.Reason.LANE_BROKEN, refusalOf(submit(stream, 10)));
    assertEquals(0, coalescer.queuedBytes());
    assertEquals(
        List.of(
            WriteRefusal.Reason.NOT_LEADER,
            WriteRefusal.Reason.NOT_LEADER,
            WriteRefusal.Reason.LANE_BROKEN),
        refusals,
        "each refused transaction counts once");
  }

  /// Fills what may be in flight, so that all that follows waits.
  private void block() {
    submit(new Lane(), 10);
    submit(new Lane(), 10);
  }

  private static long done(List<WriteFuture> writes) {
    return writes.stream().filter(write -> write.end().isDone()).count();
  }

  @Test
  void oneNamespacesFloodLeavesTheNextEntryToAllInTurn() {
    block();
    List<WriteFuture> flood =
        IntStream.range(0, 90).mapToObj(_ -> submit(1, new Lane(), 20_000)).toList();
    WriteFuture little = submit(2, new Lane(), 10);
    List<WriteFuture> heavy =
        IntStream.range(0, 90).mapToObj(_ -> submit(HEAVY, new Lane(), 10_000)).toList();
    replica.ends.getFirst().complete(new Proposed.Applied(1));
    replica.ends.get(2).complete(new Proposed.Applied(3));
    assertTrue(little.end().isDone(), "it is in the first entry after the flood");
    long bytesOfFlood = done(flood) * 20_000;
    long bytesOfHeavy = done(heavy) * 10_000;
    assertTrue(
        bytesOfHeavy > 2 * bytesOfFlood && bytesOfHeavy < 4 * bytesOfFlood,
        () -> "three times the weight; heavy=" + bytesOfHeavy + " flood=" + bytesOfFlood);
  }

  @Test
  void aFullQueueMakesRoomForWhoHoldsLessAndPutsTheLastOfTheLargestOut() {
    block();
    List<WriteFuture> flood = new ArrayList<>();
    do {
      flood.add(submit(1, new Lane(), 100_000));
    } while (!flood.getLast().end().isDone());
    assertEquals(WriteRefusal.Reason.OVERLOADED, refusalOf(flood.removeLast()));
    WriteFuture little = submit(2, new Lane(), 100_000);
    assertFalse(little.end().isDone());
    assertEquals(WriteRefusal.Reason.OVERLOADED, refusalOf(flood.removeLast()));
    assertEquals(0, done(flood));
    assertTrue(coalescer.queuedBytes() <= LIMITS.queuedBytes());
    WriteFuture large = submit(2, new Lane(), 1 << 20);
    assertFalse(large.end().isDone());
    WriteFuture again = submit(2, new Lane(), 1 << 20);
    assertEquals(WriteRefusal.Reason.OVERLOADED, refusalOf(again), "it holds its share now");
    assertEquals(Collections.nCopies(refusals.size(), WriteRefusal.Reason.OVERLOADED), refusals);
    assertTrue(refusals.size() >= 3, "whoever was put out counts as well");
  }

  @Test
  void aStreamKeepsItsOrderAlsoWhenItsNamespaceChanges() {
    block();
    Lane stream = new Lane();
    IntStream.range(0, 20).forEach(i -> submit(1 + i % 3, stream, 20_001 + i));
    IntStream.range(0, 20).forEach(_ -> submit(2, new Lane(), 20_000));
    replica.ends.getFirst().complete(new Proposed.Applied(1));
    BatchReader reader = new BatchReader();
    reader.open(replica.proposals.get(2).entry(), 0, replica.proposals.get(2).length());
    List<Integer> lengths = new ArrayList<>();
    while (reader.next()) {
      reader.rewindMutations();
      reader.nextMutation();
      if (reader.valueLength() > 20_000) {
        lengths.add(reader.valueLength());
      }
    }
    assertEquals(IntStream.range(0, 20).mapToObj(i -> 20_001 + i).toList(), lengths);
  }

  @Test
  void aFollowerRefusesAndSaysWhoLeads() {
    replica.role = RaftRole.FOLLOWER;
    replica.leader = Optional.of(new NodeId("b"));
    assertEquals(WriteRefusal.Reason.NOT_LEADER, refusalOf(submit(new Lane(), 10)));
    replica.leader = Optional.empty();
    assertEquals(WriteRefusal.Reason.NOT_READY, refusalOf(submit(new Lane(), 10)));
    assertTrue(replica.proposals.isEmpty());
  }
}
