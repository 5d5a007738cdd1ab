package io.vxmeta.raft.api;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vxmeta.raft.api.SlowOperations.Operation;
import java.util.ArrayDeque;
import java.util.Deque;

/// One stream of reads, answered as they become ready; a failed read does not end the stream.
final class ReadStreamCall implements StreamObserver<ReadQuestion> {
  /* Threads: messages one at a time; answers from any thread, sent under the monitor.
   * Flow: as on a write stream, WINDOW reads may be without a sent answer.
   */
  static final int WINDOW = 64;

  private final ReadCalls reads;
  private final SlowOperations slow;
  private final Context call = Context.current();
  private final RouteHeader header;
  private final ServerCallStreamObserver<ReadAnswer> answers;
  private final Deque<ReadAnswer> ready = new ArrayDeque<>();
  private boolean first = true;
  private int open;
  private boolean clientIsDone;
  private boolean ended;

  ReadStreamCall(
      ReadCalls reads,
      SlowOperations slow,
      RouteHeader header,
      ServerCallStreamObserver<ReadAnswer> answers) {
    this.reads = reads;
    this.slow = slow;
    this.header = header;
    this.answers = answers;
    answers.disableAutoRequest();
    answers.setOnReadyHandler(this::send);
    answers.setOnCancelHandler(() -> {});
    answers.request(WINDOW);
  }

  @Override
  public void onNext(ReadQuestion question) {
    long id = question.id(); // What is given back may have another at once.
    Operation operation = slow.begin("ReadStream", call, question.traceparent());
    RouteHeader effective = first ? header : header.forLaterMessages();
    first = false;
    synchronized (this) {
      open++;
    }
    var _ =
        reads
            .read(question, effective, Deadlines.ofStreamedRead(), operation)
            .handle((answer, problem) -> {
              operation.ended(answer, problem);
              return problem == null ? answer.streamed(id) : reads.failed(id, problem);
            })
            .thenAccept(this::onRead);
  }

  private void onRead(ReadAnswer answer) {
    synchronized (this) {
      open--;
      ready.add(answer);
    }
    send();
  }

  private void send() {
    int sent = 0;
    synchronized (this) {
      while (!ended && answers.isReady() && !ready.isEmpty()) {
        answers.onNext(ready.remove());
        sent++;
      }
      if (!ended && clientIsDone && open == 0 && ready.isEmpty()) {
        ended = true;
        answers.onCompleted();
      }
    }
    // Outside the monitor: the next message may be delivered right here, and may answer reads of
    // other streams.
    if (sent > 0) {
      answers.request(sent);
    }
  }

  @Override
  public void onError(Throwable problem) {
    synchronized (this) {
      ended = true;
      ready.clear();
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
