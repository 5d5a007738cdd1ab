package io.vxmeta.chaos.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What was recorded is read back, in the order in which it happened.
class RecorderTest {
  @TempDir private Path directory;

  @Test
  void recordedOperationsComeBackAsTheyWere() throws IOException {
    Path file = directory.resolve("sub/h.jsonl.gz");
    List<Micro> asked =
        List.of(
            new Micro.CompareAndSet("k", Optional.empty(), 7L),
            new Micro.CompareAndSet("k", Optional.of(7L), "x"),
            new Micro.Add("n", 3, OptionalLong.empty()));
    List<Micro> answered =
        List.of(asked.get(0), asked.get(1), new Micro.Add("n", 3, OptionalLong.of(9)));
    try (Recorder recorder = new Recorder("register", file, System.nanoTime())) {
      long process = recorder.process();
      recorder.invoke(process, asked, Map.of());
      recorder.complete(
          process, Operation.Type.OK, answered, Map.of("revision", new JsonPrimitive(12)));
      assertEquals(1, recorder.operations());
      assertEquals(1, recorder.answered());
    }
    List<Operation> read = new ArrayList<>();
    HistoryReader.operations(file, read::add);
    assertEquals(List.of(asked, answered), read.stream().map(Operation::value).toList());
    assertEquals("\"register\"", read.get(0).extras().get(Operation.WORKLOAD) + "");
    assertFalse(read.get(1).extras().containsKey(Operation.WORKLOAD));
    assertEquals("12", read.get(1).extras().get("revision") + "");
  }

  @Test
  void sealedHistoryIsWholeAndGoesOn() throws IOException {
    Path file = directory.resolve("h.jsonl.gz");
    List<Micro> steps = List.of(new Micro.Write("k", 1L));
    try (Recorder recorder = new Recorder("register", file, System.nanoTime())) {
      for (int i = 1; i <= 3; i++) {
        recorder.invoke(recorder.process(), steps, Map.of());
        recorder.seal();
        List<Operation> read = new ArrayList<>();
        HistoryReader.operations(file, read::add);
        assertEquals(i, read.size());
        assertEquals(i - 1L, read.getLast().index());
      }
    }
  }

  @Test
  void aHistoryIsAsLongAsItsJudgesCanHold() {
    assertEquals(2_000_000, Recorder.eventsMax(4_000_000_000L));
    assertEquals(Recorder.EVENTS_MAX, Recorder.eventsMax(Long.MAX_VALUE));
  }

  @Test
  void manyThreadsAreWrittenInTheOrderOfTheirEvents() throws Exception {
    Path file = directory.resolve("h.jsonl.gz");
    try (Recorder recorder = new Recorder("register", file, System.nanoTime())) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        threads.add(Thread.ofPlatform().start(() -> ask(recorder)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    Map<Long, Operation.Type> last = new HashMap<>();
    long[] seen = new long[2];
    HistoryReader.operations(
        file,
        event -> {
          assertEquals(seen[0]++, event.index());
          assertTrue(event.timeNanos() >= seen[1]);
          seen[1] = event.timeNanos();
          Operation.Type before = last.put(event.process(), event.type());
          assertEquals(
              event.completes() ? Operation.Type.INVOKE : Operation.Type.INFO,
              before == null ? Operation.Type.INFO : before);
        });
    assertEquals(4 * 2 * 200, seen[0]);
  }

  private static void ask(Recorder recorder) {
    long process = recorder.process();
    for (int i = 0; i < 200; i++) {
      List<Micro> steps = List.of(new Micro.Write(process, (long) i));
      recorder.invoke(process, steps, Map.of());
      recorder.complete(process, Operation.Type.INFO, steps, Map.of());
    }
  }
}
