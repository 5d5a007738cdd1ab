package io.vxmeta.raft.api;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.ReadStreamRequest;
import io.vxmeta.client.v1.ReadStreamResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// One stream of reads, answered as they become ready; a failed read does not end the stream.
final class ReadStreamCall implements StreamObserver<ReadStreamRequest> {
  /* Threads: messages one at a time; answers from any thread, sent under the monitor.
   * Flow: as on a write stream, WINDOW reads may be without a sent answer.
   */
  static final int WINDOW = 64;

  private final ReadCalls reads;
  private final CallErrors errors;
  private final RouteHeader header;
  private final ServerCallStreamObserver<ReadStreamResponse> answers;
  private final Deque<ReadStreamResponse> ready = new ArrayDeque<>();
  private boolean first = true;
  private int open;
  private boolean clientIsDone;
  private boolean ended;

  ReadStreamCall(
      ReadCalls reads,
      CallErrors errors,
      RouteHeader header,
      ServerCallStreamObserver<ReadStreamResponse> answers) {
    this.reads = reads;
    this.errors = errors;
    this.header = header;
    this.answers = answers;
    answers.disableAutoRequest();
    answers.setOnReadyHandler(this::send);
    answers.setOnCancelHandler(() -> {});
    answers.request(WINDOW);
  }

  @Override
  public void onNext(ReadStreamRequest request) {
    RouteHeader effective = first ? header : header.forLaterMessages();
    first = false;
    synchronized (this) {
      open++;
    }
    var _ =
        reads
            .read(request.getRead(), effective, Deadlines.ofStreamedRead())
            .whenComplete((answer, problem) -> onRead(request.getId(), answer, problem));
  }

  private void onRead(long id, @Nullable ReadResponse answer, @Nullable Throwable problem) {
    ReadStreamResponse.Builder response = ReadStreamResponse.newBuilder().setId(id);
    if (answer != null) {
      response.setRead(answer);
    } else if (problem != null) {
      response.setError(errors.status(problem));
    }
    synchronized (this) {
      open--;
      ready.add(response.build());
    }
    send();
  }

  private void send() {
    synchronized (this) {
      while (!ended && answers.isReady() && !ready.isEmpty()) {
        answers.onNext(ready.remove());
        answers.request(1);
      }
      if (!ended && clientIsDone && open == 0 && ready.isEmpty()) {
        ended = true;
        answers.onCompleted();
      }
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
