package io.vxmeta.chaos.bench.contest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What is said to rivals, and how their answers are read.
class RivalsTest {
  private static final String REDIS_SAID =
      """
      ====== GET bench/entity/0000000__rand_int__ ======
        20000 requests completed in 0.05 seconds
      Latency by percentile distribution:
      0.000% <= 0.295 milliseconds (cumulative count 32)
      50.000% <= 1.431 milliseconds (cumulative count 10000)
      98.438% <= 4.999 milliseconds (cumulative count 19696)
      99.219% <= 5.127 milliseconds (cumulative count 19856)
      99.902% <= 5.215 milliseconds (cumulative count 19984)
      100.000% <= 5.239 milliseconds (cumulative count 20000)
      Summary:
        throughput summary: 363636.38 requests per second
      """;

  @Test
  void keysHaveThirtyTwoBytesAndAreTheirNumber() {
    assertEquals("bench/entity/0000000000000000042", text(BenchKeys.key(42)));
    assertEquals("{000000000000042}000000000000043", text(BenchKeys.tagged(42, 43)));
    assertEquals(BenchKeys.KEY_BYTES, BenchKeys.key(1_000_000_007L).length);
    assertArrayEquals(BenchKeys.value(7), BenchKeys.value(7));
    assertFalse(Arrays.equals(BenchKeys.value(7), BenchKeys.value(8)));
  }

  /// The bytes that etcd's own client sends for these requests.
  @Test
  void etcdRequestsAreWrittenAsItsApiSays() {
    byte[] put = EtcdCalls.put(bytes("k"), bytes("v"));
    assertEquals("0a016b120176", HexFormat.of().formatHex(put));
    assertEquals("0a016b3801", HexFormat.of().formatHex(EtcdCalls.range(bytes("k"), true)));
    assertEquals(
        "12081206" + "0a016b120176",
        HexFormat.of().formatHex(EtcdCalls.transactionOfPuts(List.of(put))));
  }

  @Test
  void etcdAnswersAreRead() {
    // RangeResponse{header{member_id: 5}, count: 1}
    assertEquals(1, EtcdCalls.count(HexFormat.of().parseHex("0a0210052001")));
    assertEquals(0, EtcdCalls.count(HexFormat.of().parseHex("0a021005")));
    // StatusResponse{header{member_id: 5}, leader: 5}, and 6
    assertTrue(EtcdCalls.leads(HexFormat.of().parseHex("0a0210052005")));
    assertFalse(EtcdCalls.leads(HexFormat.of().parseHex("0a0210052006")));
  }

  @Test
  void redisBenchmarkIsRead() throws IOException {
    assertEquals(363636.38, RedisContender.throughput(REDIS_SAID));
    assertEquals(1_431, RedisContender.micros(REDIS_SAID, 50));
    assertEquals(5_127, RedisContender.micros(REDIS_SAID, 99));
    assertEquals(5_215, RedisContender.micros(REDIS_SAID, 99.9));
    assertThrows(IOException.class, () -> RedisContender.throughput("Could not connect"));
  }

  @Test
  void zooKeeperIsFoundBesideTheOthers() {
    assertEquals(Set.of("etcd", "redis", "zookeeper"), Contenders.known().keySet());
  }

  @Test
  void zipfPrefersFewKeysAndStaysInRange() {
    int records = 1_000;
    KeyChoice zipf = KeyChoice.zipf(records);
    Random random = new Random(1);
    int[] seen = new int[records];
    for (int i = 0; i < 100_000; i++) {
      seen[(int) zipf.next(random)]++;
    }
    Arrays.sort(seen);
    assertTrue(seen[records - 1] > 10_000, "the most popular of 1,000 keys gets above a tenth");
    assertTrue(seen[records / 2] < 200, "half of the keys get less than twice the average");
  }

  /// A call that is answered late counts from the moment it was due.
  @Test
  void anOpenLoopMakesItsCallsWhetherOrNotTheyAreAnswered() throws InterruptedException {
    AtomicInteger begun = new AtomicInteger();
    CompletableFuture<Long> all = new CompletableFuture<>();
    OpenLoop loop =
        new OpenLoop(
            1_000,
            () -> {
              if (begun.incrementAndGet() == 100) {
                all.complete(1L);
              }
              return all.copy();
            });
    Loop.Counts counts = loop.run(Duration.ofMillis(100));
    assertEquals(100, begun.get());
    assertEquals(100, counts.operations());
    assertTrue(
        counts.latencies().getMaxValue() >= 90_000,
        "the first call waited for the hundredth: " + counts.latencies().getMaxValue());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
