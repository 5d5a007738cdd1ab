package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.history.Recorder;
import io.vxmeta.chaos.workload.Judgement.Finding;
import io.vxmeta.client.VxClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// A workload's clients at work on one stage, and the history they write.
final class Crew implements Traffic {
  /* Threads: one platform thread for each client, so that a fault that blocks many calls starves nobody of a carrier.
   * Memory: histories go to a file; scripts keep what they need to go on asking.
   * A client that breaks ends, the others go on, and the judgement is "unknown"; so it is when the history is full, or too large
   * for the heap. */

  /// Connections and timers are dear; a few clients are enough to have different views of a
  /// cluster.
  private static final int CLIENTS_MAX = 2;

  /// Writes whose outcome is not known, of one run; beyond it only reads are asked. Of one key
  /// there are few, because it is given up at its first: this bounds what judges hold of all keys.
  private static final int IN_DOUBT_MAX = 100_000;

  /// Longer than any call may take.
  private static final Duration STOP_TIMEOUT = Caller.OVERDUE.plusSeconds(30);

  private final Workload workload;
  private final Stage stage;
  private final Script script;
  private final Recorder recorder;
  private final Pacer pacer;
  private final List<VxClient> clients = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong inDoubt = new AtomicLong();
  private volatile String failure = "";
  private volatile boolean ended;

  private Crew(Workload workload, Stage stage, Script script, Recorder recorder) {
    this.workload = workload;
    this.stage = stage;
    this.script = script;
    this.recorder = recorder;
    this.pacer = new Pacer(stage.operationsPerSecond());
    for (int i = 0; i < Math.min(CLIENTS_MAX, stage.processes()); i++) {
      clients.add(stage.connect().get());
    }
  }

  /// Sets the clients to work; each has its own share of the seed.
  static Crew start(Workload workload, Stage stage, Script script) {
    try {
      Path history = stage.folder().resolve(workload.name() + ".jsonl.gz");
      return start(workload, stage, script, new Recorder(workload.name(), history, stage.origin()));
    } catch (IOException unwritable) {
      throw new UncheckedIOException(
          "cannot open the history: folder=" + stage.folder() + "; check that it can be written",
          unwritable);
    }
  }

  /// The same with a history that others opened.
  static Crew start(Workload workload, Stage stage, Script script, Recorder recorder) {
    Crew crew = new Crew(workload, stage, script, recorder);
    for (int i = 0; i < stage.processes(); i++) {
      Caller caller = crew.caller(i);
      crew.threads.add(
          Thread.ofPlatform()
              .daemon()
              .name(workload.name() + "-" + i)
              .start(() -> crew.work(caller)));
    }
    return crew;
  }

  private Caller caller(int index) {
    return new Caller(
        this,
        clients.get(index % clients.size()),
        index,
        new Random(31 * stage.seed() + index + script.getClass().getName().hashCode()));
  }

  private void work(Caller caller) {
    try {
      while (!ended && hasRoom()) {
        pace();
        if (!ended) {
          script.turn(caller);
        }
      }
      script.leave(caller);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail("a client was interrupted: client=" + caller.index());
    } catch (RuntimeException | Error bug) {
      fail("a client broke: client=" + caller.index() + " cause=" + described(bug));
    }
  }

  /// Whether another operation can be recorded; without room the run proves less than it was asked
  /// to.
  private boolean hasRoom() {
    if (recorder.isFull()) {
      fail(
          "the history was full before the run was over: events_max=%d file=%s; ask fewer operations a second, or give more heap, as with VX_JAVA_OPTS=-Xmx8g"
              .formatted(recorder.eventsMax(), recorder.file()));
      return false;
    }
    return true;
  }

  private static String described(Throwable bug) {
    StackTraceElement[] trace = bug.getStackTrace();
    return bug + (trace.length == 0 ? "" : " at " + trace[0]);
  }

  Stage stage() {
    return stage;
  }

  Recorder recorder() {
    return recorder;
  }

  boolean isEnded() {
    return ended;
  }

  /// For a turn of several operations: waits for the next one's place.
  void pace() {
    pacer.await(this::isEnded);
  }

  /// Whether another write may be left in doubt.
  boolean mayWrite() {
    return inDoubt.get() < IN_DOUBT_MAX;
  }

  void doubt() {
    inDoubt.incrementAndGet();
  }

  /// Notes what makes the history unfit to prove anything; the first counts.
  synchronized void fail(String why) {
    failure = failure.isEmpty() ? why : failure;
  }

  @Override
  public void end() {
    ended = true;
    threads.forEach(LockSupport::unpark);
  }

  @Override
  public void stop() throws InterruptedException {
    end();
    for (Thread thread : threads) {
      if (!thread.join(STOP_TIMEOUT)) {
        fail("a client did not end: client=" + thread.getName() + " waited=" + STOP_TIMEOUT);
      }
    }
    try {
      recorder.seal();
    } catch (IOException lost) {
      fail("the history can not be written: file=" + recorder.file() + " cause=" + lost);
    }
  }

  @Override
  public Judgement judge() throws IOException, InterruptedException {
    FinalReads reads = new FinalReads(caller(stage.processes()));
    try {
      script.finish(reads);
    } finally {
      recorder.close();
      clients.forEach(VxClient::close);
    }
    Ruling ruling = ruling();
    List<Finding> findings = new ArrayList<>(reads.findings());
    findings.addAll(ruling.findings());
    String open = firstOf(failure, reads.trouble(), ruling.undecided());
    return new Judgement(
        ruling.checker(),
        outcome(findings, open),
        recorder.operations(),
        recorder.answered(),
        ruling.lost(),
        findings,
        findings.isEmpty() ? open : "",
        recorder.file());
  }

  private Ruling ruling() throws IOException {
    try {
      return workload.judge(recorder.file()).quoting(recorder.file());
    } catch (OutOfMemoryError tooLarge) {
      return new Ruling(
          "none",
          List.of(),
          "the history does not fit into the heap: file=%s heap_mib=%d; ask fewer operations, or give more heap, as with VX_JAVA_OPTS=-Xmx8g"
              .formatted(recorder.file(), Runtime.getRuntime().maxMemory() >> 20),
          0);
    }
  }

  private static String firstOf(String... reasons) {
    for (String reason : reasons) {
      if (!reason.isEmpty()) {
        return reason;
      }
    }
    return "";
  }

  private static Judgement.Outcome outcome(List<Finding> findings, String open) {
    if (!findings.isEmpty()) {
      return Judgement.Outcome.INVALID;
    }
    return open.isEmpty() ? Judgement.Outcome.VALID : Judgement.Outcome.UNKNOWN;
  }
}
