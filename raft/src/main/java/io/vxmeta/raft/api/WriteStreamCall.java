package io.vxmeta.raft.api;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.raft.api.CallCheck.CheckedWrite;
import io.vxmeta.raft.write.Lane;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// One stream of transactions: written in the order sent, answered in that order, ended by the
/// first failure.
final class WriteStreamCall implements StreamObserver<WriteRequest> {
  /* Threads: gRPC delivers messages one at a time; answers come from the coalescer's executor and are sent under the
   *   monitor, in order.
   * Flow: WINDOW messages may be unanswered; another one is asked for only when an answer has been SENT, and answers are
   *   sent only while the client takes them. So a client that never reads its answers stops its own stream and costs
   *   WINDOW answers of memory.
   * Order and failure: all messages share one lane. The first that is refused breaks the lane before any later one can
   *   be proposed, so nothing after it is written. What is refused only when it is applied (a full table, a fenced or unknown
   *   producer, an old sequence) ends the stream too, but later messages may be in the log by then and be applied.
   */

  /// Transactions of one stream between arrival and sent answer. Half of a producer's window of
  /// sequences.
  static final int WINDOW = 512;

  private final WriteCalls writes;
  private final CallErrors errors;
  private final RouteHeader header;
  private final ServerCallStreamObserver<WriteResponse> answers;
  private final Lane lane = new Lane();
  private final Deque<Unanswered> unanswered = new ArrayDeque<>();
  private Optional<ShardGroupId> group = Optional.empty();

  /// A message was not even submitted: all later ones are dropped. Only gRPC's delivering thread
  /// touches it.
  private boolean refused;

  private boolean clientIsDone;
  private boolean ended;

  WriteStreamCall(
      WriteCalls writes,
      CallErrors errors,
      RouteHeader header,
      ServerCallStreamObserver<WriteResponse> answers) {
    this.writes = writes;
    this.errors = errors;
    this.header = header;
    this.answers = answers;
    answers.disableAutoRequest();
    answers.setOnReadyHandler(this::send);
    answers.setOnCancelHandler(() -> {});
    answers.request(WINDOW);
  }

  @Override
  public void onNext(WriteRequest request) {
    if (refused) {
      return;
    }
    CompletableFuture<WriteResponse> answer;
    RouteHeader expected = group.isEmpty() ? header : header.forLaterMessages();
    try {
      CheckedWrite checked = writes.checked(request, expected);
      requireOneGroup(checked.group());
      answer = writes.submit(request, checked, lane, answers::isCancelled);
    } catch (CallCheck.UnknownNamespace unknown) {
      refused = true;
      answer = writes.unknownNamespace(request, expected);
    } catch (RuntimeException problem) {
      refused = true;
      answer = CompletableFuture.failedFuture(problem);
    }
    synchronized (this) {
      if (ended) {
        return;
      }
      unanswered.add(new Unanswered(request.getProducer().getSequence(), answer));
    }
    var _ = answer.whenComplete((response, problem) -> send());
  }

  private record Unanswered(long sequence, CompletableFuture<WriteResponse> answer) {}

  private void requireOneGroup(ShardGroupId of) {
    if (group.isEmpty()) {
      group = Optional.of(of);
    } else if (!group.get().equals(of)) {
      throw Refusal.invalid(
          "mutations",
          "transactions of one shard group on a stream (group " + group.get().value() + ")",
          "group " + of.value());
    }
  }

  private void send() {
    synchronized (this) {
      while (!ended
          && answers.isReady()
          && !unanswered.isEmpty()
          && unanswered.element().answer().isDone()) {
        Unanswered head = unanswered.remove();
        CompletableFuture<WriteResponse> next = head.answer();
        if (next.isCompletedExceptionally()) {
          ended = true;
          unanswered.clear();
          answers.onError(errors.tell(next.exceptionNow(), head.sequence()));
        } else {
          answers.onNext(next.resultNow());
          answers.request(1);
        }
      }
      if (!ended && clientIsDone && unanswered.isEmpty()) {
        ended = true;
        answers.onCompleted();
      }
    }
  }

  @Override
  public void onError(Throwable problem) {
    synchronized (this) {
      ended = true;
      unanswered.clear();
    }
  }

  @Override
  public void onCompleted() {
    synchronized (this) {
      clientIsDone = true;
    }
    send();
  }
}
