package io.vxmeta.raft.api;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.raft.api.CallCheck.CheckedWrite;
import io.vxmeta.raft.api.SlowOperations.Operation;
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
   * Flow: WINDOW messages, and BYTES_MAX in them, may be unanswered; more are asked for only when answers have been SENT, and
   *   answers are sent only while the client takes them. So a client that never reads its answers stops its own stream
   *   and costs WINDOW answers of memory. How many messages BYTES_MAX are is guessed from the largest so far; a
   *   wrong guess meets the share of the connection.
   * Order and failure: all messages share one lane. The first that is refused breaks the lane before any later one can
   *   be proposed, so nothing after it is written. What is refused only when it is applied (a full table, a fenced or unknown
   *   producer, an old sequence) ends the stream too, but later messages may be in the log by then and be applied.
   */

  /// Transactions of one stream between arrival and sent answer. Half of a producer's window of
  /// sequences.
  static final int WINDOW = 512;

  /// Bytes of them; a quarter of a connection's share.
  static final long BYTES_MAX = 2L << 20;

  /// A message's size until one is seen: two are asked for at first.
  private static final int MESSAGE_BYTES_FIRST = (int) (BYTES_MAX / 2);

  private final WriteCalls writes;
  private final CallErrors errors;
  private final SlowOperations slow;
  private final Context call = Context.current();
  private final RouteHeader header;
  private final ServerCallStreamObserver<WriteResponse> answers;
  private final ConnectionShare share = HeaderCapture.share();
  private final Lane lane = new Lane();
  private final Deque<Unanswered> unanswered = new ArrayDeque<>();
  private Optional<ShardGroupId> group = Optional.empty();

  /// A message was not even submitted: all later ones are dropped. Only gRPC's delivering thread
  /// touches it.
  private boolean refused;

  /// Asked for and not arrived.
  private int asked;

  private long unansweredBytes;

  /// Of the largest message so far; 0 before the first.
  private int messageBytesMax;

  private boolean clientIsDone;
  private boolean ended;

  WriteStreamCall(
      WriteCalls writes,
      CallErrors errors,
      SlowOperations slow,
      RouteHeader header,
      ServerCallStreamObserver<WriteResponse> answers) {
    this.writes = writes;
    this.errors = errors;
    this.slow = slow;
    this.header = header;
    this.answers = answers;
    answers.disableAutoRequest();
    answers.setOnReadyHandler(this::send);
    answers.setOnCancelHandler(() -> {});
    ask();
  }

  /// Asks for as many messages as there is room for, and for one at least when nothing is under
  /// way.
  private void ask() {
    int more = room();
    // Outside the monitor: the next message may be delivered right here.
    if (more > 0) {
      answers.request(more);
    }
  }

  private synchronized int room() {
    long room =
        (BYTES_MAX - unansweredBytes)
            / (messageBytesMax == 0 ? MESSAGE_BYTES_FIRST : messageBytesMax);
    long wanted = Math.min(WINDOW - unanswered.size(), room) - asked;
    if (asked == 0 && unanswered.isEmpty()) {
      wanted = Math.max(1, wanted);
    }
    if (wanted <= 0 || ended) {
      return 0;
    }
    asked += (int) wanted;
    return (int) wanted;
  }

  private synchronized void arrived(int bytes) {
    asked--;
    messageBytesMax = Math.max(messageBytesMax, bytes);
  }

  @Override
  public void onNext(WriteRequest request) {
    int bytes = request.getSerializedSize();
    arrived(bytes);
    if (refused) {
      return;
    }
    Operation operation = slow.begin("WriteStream", call, request.getTraceparent());
    operation.changes(request.getMutationsCount());
    CompletableFuture<WriteResponse> answer;
    RouteHeader expected = group.isEmpty() ? header : header.forLaterMessages();
    try {
      CheckedWrite checked = writes.checked(request, expected);
      requireOneGroup(checked.group());
      operation.goesTo(checked.group(), checked.firstShard());
      answer = writes.submit(request, checked, lane, share, answers::isCancelled, operation);
    } catch (CallCheck.UnknownNamespace unknown) {
      refused = true;
      answer = writes.unknownNamespace(request, expected);
    } catch (RuntimeException problem) {
      refused = true;
      answer = CompletableFuture.failedFuture(problem);
    }
    // Also of a stream that has ended meanwhile.
    CompletableFuture<WriteResponse> told =
        answer.whenComplete((response, problem) -> operation.ended(response, problem));
    synchronized (this) {
      if (ended) {
        return;
      }
      unanswered.add(new Unanswered(request.getProducer().getSequence(), bytes, answer));
      unansweredBytes += bytes;
    }
    ask();
    var _ = told.whenComplete((_, _) -> send());
  }

  private record Unanswered(long sequence, int bytes, CompletableFuture<WriteResponse> answer) {}

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
        unansweredBytes -= head.bytes();
        CompletableFuture<WriteResponse> next = head.answer();
        if (next.isCompletedExceptionally()) {
          ended = true;
          unanswered.clear();
          answers.onError(errors.tell(next.exceptionNow(), head.sequence()));
        } else {
          answers.onNext(next.resultNow());
        }
      }
      if (!ended && clientIsDone && unanswered.isEmpty()) {
        ended = true;
        answers.onCompleted();
      }
    }
    ask();
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
