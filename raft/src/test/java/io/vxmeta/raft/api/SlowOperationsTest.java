package io.vxmeta.raft.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.grpc.Context;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.WriteOutcome;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.raft.api.SlowOperations.Operation;
import io.vxmeta.shardmap.ShardGroupId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class SlowOperationsTest {
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(SlowOperations.class);

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private long nowNanos = 77;
  private final SlowOperations slow =
      new SlowOperations(Duration.ofMillis(500), () -> nowNanos, OperationTraces.NONE);

  @BeforeEach
  void listen() {
    log.start();
    LOGGER.addAppender(log);
  }

  @AfterEach
  void leave() {
    LOGGER.detachAppender(log);
  }

  @Test
  void slowReadIsToldWithWhatItWas() {
    Operation read = slow.begin("Read", Context.ROOT);
    read.asks(
        Consistency.newBuilder().setBounded(Consistency.Bounded.getDefaultInstance()).build(), 3);
    read.goesTo(new ShardGroupId(2), 17);
    after(512);
    read.ended(new Object(), null);
    assertEquals(
        List.of(
            "slow operation: method=Read consistency=bounded shard=17 group=2 keys=3 ms=512"
                + " outcome=ok peer=unknown left_out=0"),
        lines());
  }

  @Test
  void consistencyThatNobodyAskedForIsTheDefault() {
    Operation scan = slow.begin("Scan", Context.ROOT);
    scan.asks(Consistency.getDefaultInstance());
    after(500);
    scan.ended(null, new CompletionException(Refusal.of(ErrorReason.NOT_READY, "no leader")));
    assertEquals(
        List.of(
            "slow operation: method=Scan consistency=linearizable ms=500 outcome=not_ready"
                + " peer=unknown left_out=0"),
        lines());
  }

  @Test
  void slowWriteIsToldWithWhatCameOfIt() {
    Operation write = slow.begin("WriteStream", Context.ROOT);
    write.changes(2);
    write.goesTo(ShardGroupId.ROOT, 0);
    after(60_000);
    write.ended(WriteResponse.newBuilder().setOutcome(WriteOutcome.COMPARE_FAILED).build(), null);
    assertEquals(
        List.of(
            "slow operation: method=WriteStream shard=0 group=0 mutations=2 ms=60000"
                + " outcome=compare_failed peer=unknown left_out=0"),
        lines());
  }

  @Test
  void whatIsFasterThanTheLimitIsNotTold() {
    Operation read = slow.begin("Read", Context.ROOT);
    nowNanos += Duration.ofMillis(500).toNanos() - 1;
    read.ended(new Object(), null);
    assertEquals(List.of(), lines());
  }

  @Test
  void zeroTellsNothing() {
    Operation read =
        new SlowOperations(Duration.ZERO, () -> nowNanos, OperationTraces.NONE)
            .begin("Read", Context.ROOT);
    nowNanos += Duration.ofDays(1).toNanos();
    read.ended(new Object(), null);
    assertEquals(List.of(), lines());
  }

  @Test
  void aSecondHasSoManyLinesAndTheNextSaysHowManyWereLeftOut() {
    List<Operation> many =
        IntStream.range(0, SlowOperations.LINES_PER_SECOND + 5)
            .mapToObj(_ -> slow.begin("Read", Context.ROOT))
            .toList();
    Operation later = slow.begin("Write", Context.ROOT);
    after(700);
    many.forEach(each -> each.ended(new Object(), null));
    assertEquals(SlowOperations.LINES_PER_SECOND, lines().size());
    after(1_000);
    later.ended(new Object(), null);
    assertEquals(SlowOperations.LINES_PER_SECOND + 1, lines().size());
    assertTrue(lines().getLast().endsWith("left_out=5"), lines()::toString);
  }

  private void after(long ms) {
    nowNanos += Duration.ofMillis(ms).toNanos();
  }

  private List<String> lines() {
    return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void nothingIsFollowedWhereNobodyTraces() {
    assertEquals(Optional.empty(), slow.begin("Write", Context.ROOT).trace());
  }
}
