package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.workload.Pulse.Call;
import io.vxmeta.chaos.workload.Pulse.Ending;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Seconds as they are counted.
final class ThroughputTest {
  private static final long MS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Throughput throughput = new Throughput(0);

  private void call(long endMs, long tookMs, Call call, Ending ending) {
    throughput.ended(call, ending, (endMs - tookMs) * MS, endMs * MS);
  }

  @Test
  void aCallCountsInTheSecondItEnds() {
    call(900, 10, Call.WRITE, Ending.OK);
    call(1_100, 500, Call.READ, Ending.OK);
    call(1_200, 500, Call.WRITE, Ending.INFO);
    call(4_000, 10, Call.WRITE, Ending.FAIL);
    List<Throughput.Second> seconds = throughput.seconds();
    assertEquals(5, seconds.size());
    assertEquals(1, seconds.get(0).writes());
    assertEquals(1, seconds.get(1).reads());
    assertEquals(1, seconds.get(1).infos());
    assertEquals(0, seconds.get(2).answered());
    assertEquals(1, seconds.get(4).fails());
    assertTrue(seconds.get(1).p99() > 490 && seconds.get(1).p99() < 510);
  }

  @Test
  void aCallToldLateIsNotLost() {
    call(500, 1, Call.WRITE, Ending.OK);
    call(60_000, 1, Call.WRITE, Ending.OK);
    call(600, 1, Call.WRITE, Ending.OK);
    assertEquals(2, throughput.seconds().get(0).writes());
    assertEquals(61, throughput.seconds().size());
  }
}
