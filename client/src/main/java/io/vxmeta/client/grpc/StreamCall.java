package io.vxmeta.client.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;

/// One attempt of a call with a stream of answers, and perhaps of requests, under flow control.
public final class StreamCall<Q, A> {
  /* Threads: `send`, `finish` by one thread at a time; the events come one after the other. Any thread may cancel. */

  /// What a stream tells its owner. After `onEnd` nothing follows.
  public interface Events<A> {
    void onAnswer(A answer);

    /// There is room to send again; said only on the change from none to some.
    void onRoom();

    void onEnd();

    void onFailure(RpcFailure failure);
  }

  private final ClientCall<Q, A> call;

  private StreamCall(ClientCall<Q, A> call) {
    this.call = call;
  }

  /// Starts the stream with a deadline for all of it. `answersAhead`: how many answers may wait
  /// here unread; ask for more with [#demand].
  public static <Q, A> StreamCall<Q, A> start(
      Channel channel,
      MethodDescriptor<Q, A> method,
      Metadata headers,
      Duration deadline,
      int answersAhead,
      Events<A> events) {
    SentMark mark = new SentMark();
    CallOptions options = UnaryCall.options(deadline, mark);
    ClientCall<Q, A> call = channel.newCall(method, options);
    call.start(new Listener<>(events, mark), headers);
    call.request(answersAhead);
    return new StreamCall<>(call);
  }

  public boolean hasRoom() {
    return call.isReady();
  }

  public void send(Q message) {
    call.sendMessage(message);
  }

  /// No more requests follow.
  public void finish() {
    call.halfClose();
  }

  public void demand(int answers) {
    call.request(answers);
  }

  public void cancel(String why) {
    call.cancel(why, null);
  }

  private static final class Listener<A> extends ClientCall.Listener<A> {
    private final Events<A> events;
    private final SentMark mark;

    Listener(Events<A> events, SentMark mark) {
      this.events = events;
      this.mark = mark;
    }

    @Override
    public void onMessage(A message) {
      events.onAnswer(message);
    }

    @Override
    public void onReady() {
      events.onRoom();
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (status.isOk()) {
        events.onEnd();
      } else {
        events.onFailure(RpcFailure.of(status, trailers, mark.sent()));
      }
    }
  }
}
