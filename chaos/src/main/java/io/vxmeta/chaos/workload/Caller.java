package io.vxmeta.chaos.workload;

import com.google.gson.JsonElement;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.history.Recorder;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import io.vxmeta.shardmap.NodeId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;

/// One client of a workload: asks, and records what it asked and what became of it.
final class Caller {
  /* Threads: one asks; operations asked apart may be completed on any thread.
   * Invariants: the invocation is recorded before the call goes out, the completion after it ended; a process whose
   *   operation ended unknown asks nothing more: the caller goes on under a new number. */

  /// Of a write, and of a read that any node may serve. Shorter than most faults, so that they
  /// leave operations in doubt.
  static final Duration DEADLINE = Duration.ofSeconds(5);

  /// Of one write in [#HASTY]: the client's retries outlast most elections, so that hardly anything
  /// would be left in doubt if every caller were patient.
  static final Duration HASTE = Duration.ofMillis(500);

  private static final int HASTY = 4;

  /// Of a read that one node must serve: the node may be down, and others are to be asked soon.
  static final Duration PINNED_DEADLINE = Duration.ofSeconds(2);

  /// A call must end soon after its deadline, even on a machine that is very busy. Longer than
  /// every deadline, that of the final reads included.
  static final Duration OVERDUE = Duration.ofSeconds(60);

  /// Lets a cluster in trouble be, and keeps the operations in doubt few.
  private static final long BREATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Crew crew;
  private final Recorder recorder;
  private final Pulse pulse;
  private final VxClient client;
  private final int index;
  private final Random random;
  private long process;

  Caller(Crew crew, VxClient client, int index, Random random) {
    this.crew = crew;
    this.recorder = crew.recorder();
    this.pulse = crew.stage().pulse();
    this.client = client;
    this.index = index;
    this.random = random;
    this.process = recorder.process();
  }

  /// Which of the workload's clients this is, from 0.
  int index() {
    return index;
  }

  Random random() {
    return random;
  }

  VxClient client() {
    return client;
  }

  Crew crew() {
    return crew;
  }

  /// A node of the cluster, by chance.
  NodeId anyNode() {
    List<NodeId> nodes = crew.stage().cluster().nodes();
    return nodes.get(random.nextInt(nodes.size()));
  }

  /// A linearizable read of whoever leads, or, as often, of a node named by chance.
  ReadOptions linearizableAnywhere() {
    return random.nextBoolean()
        ? ReadOptions.linearizable().within(DEADLINE)
        : ReadOptions.linearizable().at(anyNode()).within(PINNED_DEADLINE);
  }

  /// Records the invocation; make the call right after.
  Asked ask(Pulse.Call call, List<Micro> steps, Map<String, JsonElement> facts) {
    return new Asked(call, process, steps, facts, _ -> process = recorder.process());
  }

  Asked ask(Pulse.Call call, List<Micro> steps) {
    return ask(call, steps, Map.of());
  }

  /// As a process of its own, for calls that are under way at the same time.
  Asked askApart(Pulse.Call call, List<Micro> steps, Map<String, JsonElement> facts) {
    return new Asked(call, recorder.process(), steps, facts, _ -> {});
  }

  /// A read's answer, or why there is none.
  sealed interface Reply {
    record Answered(ReadAnswer answer) implements Reply {}

    record Refused(String why) implements Reply {}
  }

  Reply read(List<Bytes> keys, ReadOptions options) {
    try {
      return new Reply.Answered(
          await(client.readAsync(KeySpace.NAMESPACE, keys, options), options.toString()));
    } catch (CallFailed failed) {
      return new Reply.Refused(failed.reason() + ": " + failed.text());
    } catch (TimeoutException overdue) {
      return new Reply.Refused("" + overdue.getMessage());
    }
  }

  Outcome<WriteAnswer> write(Transaction transaction) {
    try {
      return await(client.writeAsync(transaction, patience()), "write");
    } catch (TimeoutException overdue) {
      return new Outcome.Unknown<>("" + overdue.getMessage());
    }
  }

  /// How long to wait for a write, by chance.
  Duration patience() {
    return random.nextInt(HASTY) == 0 ? HASTE : DEADLINE;
  }

  private <T> T await(CompletableFuture<T> call, String what) throws TimeoutException {
    try {
      return call.orTimeout(OVERDUE.toNanos(), TimeUnit.NANOSECONDS).join();
    } catch (CompletionException wrapped) {
      if (wrapped.getCause() instanceof TimeoutException) {
        crew.fail(
            "a call did not end after its deadline: call=%s waited=%s; the client lost it"
                .formatted(what, OVERDUE));
        throw new TimeoutException("the client did not end the call: waited=" + OVERDUE);
      }
      if (wrapped.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw wrapped;
    }
  }

  private void breathe() {
    Pacer.pause(BREATHER_NANOS, crew::isEnded);
  }

  /// An operation under way; it is completed exactly once.
  final class Asked {
    private final Pulse.Call call;
    private final long by;
    private final List<Micro> steps;
    private final LongConsumer onDoubt;
    private final long start;

    private Asked(
        Pulse.Call call,
        long by,
        List<Micro> steps,
        Map<String, JsonElement> facts,
        LongConsumer onDoubt) {
      this.call = call;
      this.by = by;
      this.steps = steps;
      this.onDoubt = onDoubt;
      recorder.invoke(by, steps, facts);
      start = System.nanoTime();
    }

    /// It happened, with these answers.
    void ok(List<Micro> answered, Map<String, JsonElement> facts) {
      end(Operation.Type.OK, Pulse.Ending.OK, answered, facts);
    }

    void ok(Map<String, JsonElement> facts) {
      ok(steps, facts);
    }

    /// It certainly did not happen.
    void fail(String why) {
      end(Operation.Type.FAIL, Pulse.Ending.FAIL, steps, Facts.error(why));
    }

    /// Nobody knows.
    void info(String why) {
      end(Operation.Type.INFO, Pulse.Ending.INFO, steps, Facts.error(why));
      crew.doubt();
      onDoubt.accept(by);
    }

    /// How a write that was not answered ended; the client rests for a moment when nobody knows.
    void unanswered(Outcome<WriteAnswer> outcome) {
      endedApart(outcome);
      if (outcome instanceof Outcome.Unknown<WriteAnswer>) {
        breathe();
      }
    }

    /// The same for a write that was asked apart, on any thread, without a rest.
    void endedApart(Outcome<WriteAnswer> outcome) {
      switch (outcome) {
        case Outcome.Refused<WriteAnswer> refused ->
            fail(refused.reason() + ": " + refused.message());
        case Outcome.Unknown<WriteAnswer> unknown -> info(unknown.message());
        case Outcome.Done<WriteAnswer> done ->
            throw new IllegalArgumentException("expected a write without an answer: " + done);
      }
    }

    private void end(
        Operation.Type type,
        Pulse.Ending ending,
        List<Micro> answered,
        Map<String, JsonElement> facts) {
      long end = System.nanoTime();
      recorder.complete(by, type, answered, facts);
      pulse.ended(call, ending, start, end);
    }
  }
}
