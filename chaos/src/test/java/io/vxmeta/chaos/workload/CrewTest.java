package io.vxmeta.chaos.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.chaos.cluster.PaperCluster;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.history.Recorder;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A workload that could not do or judge all it was asked to is undecided, and says why.
class CrewTest {
  private static final List<Micro> STEPS = List.of(new Micro.Write("k", 1L));
  private static final int EVENTS_MAX = 6;

  @TempDir private Path folder;

  /// Asks nobody, records an answer, and is judged valid.
  private static class Recording implements Script, Workload {
    final CountDownLatch left = new CountDownLatch(1);

    @Override
    public void turn(Caller caller) {
      Recorder recorder = caller.crew().recorder();
      long process = recorder.process();
      recorder.invoke(process, STEPS, Map.of());
      recorder.complete(process, Operation.Type.OK, STEPS, Map.of());
    }

    @Override
    public void leave(Caller caller) {
      left.countDown();
    }

    @Override
    public void finish(FinalReads reads) {}

    @Override
    public String name() {
      return "crew";
    }

    @Override
    public String summary() {
      return "what a test says";
    }

    @Override
    public Traffic start(Stage stage) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Ruling judge(Path history) throws IOException {
      return new Ruling("naive", List.of(), "", 0);
    }
  }

  private Crew start(Recording script) throws IOException {
    Stage stage =
        new Stage(
            new PaperCluster(OptionalLong.empty(), Optional.empty(), PaperCluster.Storage.SHARED),
            // Never asked.
            () -> VxClient.connect(ClientConfig.of("127.0.0.1:1")),
            folder,
            1,
            1,
            1_000,
            System.nanoTime(),
            (_, _, _, _) -> {});
    Recorder recorder =
        new Recorder(script.name(), folder.resolve("h.jsonl.gz"), stage.origin(), EVENTS_MAX);
    return Crew.start(script, stage, script, recorder);
  }

  private static Judgement judge(Crew crew) throws IOException, InterruptedException {
    crew.stop();
    return crew.judge();
  }

  @Test
  void aFullHistoryEndsUndecided() throws Exception {
    Recording script = new Recording();
    Crew crew = start(script);
    script.left.await();
    Judgement judgement = judge(crew);
    assertEquals(Judgement.Outcome.UNKNOWN, judgement.outcome());
    assertEquals(EVENTS_MAX / Recorder.EVENTS_PER_OPERATION, judgement.operations());
    assertTrue(judgement.reason().contains("events_max=" + EVENTS_MAX), judgement.reason());
  }

  @Test
  void aHistoryTooLargeForTheHeapEndsUndecided() throws Exception {
    Recording script =
        new Recording() {
          @Override
          public void turn(Caller caller) {}

          @Override
          public Ruling judge(Path history) {
            throw new OutOfMemoryError("as if");
          }
        };
    Judgement judgement = judge(start(script));
    assertEquals(Judgement.Outcome.UNKNOWN, judgement.outcome());
    assertTrue(judgement.reason().contains("heap_mib="), judgement.reason());
  }

  @Test
  void aClientThatRunsOutOfHeapLeavesItsHistoryUndecided() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    Recording script =
        new Recording() {
          @Override
          public void turn(Caller caller) {
            asked.countDown();
            throw new OutOfMemoryError("as if");
          }
        };
    Crew crew = start(script);
    asked.await();
    Judgement judgement = judge(crew);
    assertEquals(Judgement.Outcome.UNKNOWN, judgement.outcome());
    assertTrue(judgement.reason().contains("OutOfMemoryError"), judgement.reason());
  }
}
