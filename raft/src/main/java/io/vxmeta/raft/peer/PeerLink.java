package io.vxmeta.raft.peer;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.vxmeta.client.v1.ConfirmRequest;
import io.vxmeta.client.v1.ConfirmResponse;
import io.vxmeta.client.v1.GroupTerm;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.raft.read.ReadBarrier;
import io.vxmeta.raft.read.ReadBarrier.Answer;
import io.vxmeta.raft.read.ReadBarrier.Question;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The stream of barrier questions to one other node: at most one message is out at a time.
final class PeerLink {
  /* Threads: any thread kicks; gRPC's answer; the node's sweeper looks for silence. All under the monitor, except the
   *   calls into the barrier, which run outside it.
   * Invariants: an answer is matched to the questions of the one message that is out on its stream, by its number. What
   *   comes late on a stream that was given up still answers that stream's own questions: the barrier counts it if their
   *   round is open, which is right, and else drops it. After SILENCE_MAX the stream is given up and made anew, so a
   *   half-open connection costs that long and not for ever.
   */

  /// A peer that does not answer for this long is asked again on a new stream.
  static final long SILENCE_MAX_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// After a broken stream the next one is tried no sooner than this.
  static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final NodeId self;
  private final NodeId peer;
  private final String clusterId;
  private final PeerGrpc.PeerStub stub;
  private final ReadBarrier barrier;
  private final LongSupplier nanoClock;

  private @Nullable Stream stream;
  private long messages;
  private long notBefore;

  PeerLink(
      NodeId self,
      NodeId peer,
      String clusterId,
      PeerGrpc.PeerStub stub,
      ReadBarrier barrier,
      LongSupplier nanoClock) {
    this.self = self;
    this.peer = peer;
    this.clusterId = clusterId;
    this.stub = stub;
    this.barrier = barrier;
    this.nanoClock = nanoClock;
    this.notBefore = nanoClock.getAsLong();
  }

  /// Asks what there is to ask, unless an answer is still awaited.
  void kick() {
    synchronized (this) {
      if (isWaiting()) {
        return;
      }
      List<Question> questions = barrier.questions(peer);
      if (questions.isEmpty()) {
        return;
      }
      Stream open = stream == null ? open() : stream;
      open.send(++messages, questions, nanoClock.getAsLong());
    }
  }

  private boolean isWaiting() {
    return (stream != null && stream.isWaiting())
        || (stream == null && nanoClock.getAsLong() - notBefore < 0);
  }

  private Stream open() {
    Stream opened = new Stream();
    stream = opened;
    stub.confirm(opened);
    return opened;
  }

  /// Gives up a silent stream and asks what is left to ask. Called a few times a second.
  void sweep(long nowNanos) {
    Stream silent = null;
    synchronized (this) {
      if (stream != null && stream.isSilent(nowNanos)) {
        silent = stream;
        stream = null;
      }
    }
    if (silent != null) {
      silent.giveUp();
    }
    kick();
  }

  private void onBroken(Stream broken) {
    synchronized (this) {
      if (stream == broken) {
        stream = null;
        notBefore = nanoClock.getAsLong() + RECONNECT_NANOS;
      }
    }
  }

  private final class Stream implements ClientResponseObserver<ConfirmRequest, ConfirmResponse> {
    private @Nullable ClientCallStreamObserver<ConfirmRequest> requests;
    private Map<ShardGroupId, Question> asked = Map.of();
    private long number;
    private long sentAt;

    @Override
    public void beforeStart(ClientCallStreamObserver<ConfirmRequest> requestStream) {
      requests = requestStream;
    }

    boolean isWaiting() {
      return !asked.isEmpty();
    }

    boolean isSilent(long nowNanos) {
      return isWaiting() && nowNanos - sentAt > SILENCE_MAX_NANOS;
    }

    void send(long message, List<Question> questions, long nowNanos) {
      number = message;
      sentAt = nowNanos;
      asked = new HashMap<>();
      ConfirmRequest.Builder request =
          ConfirmRequest.newBuilder()
              .setFromNode(self.value())
              .setClusterId(clusterId)
              .setRound(message);
      for (Question question : questions) {
        asked.put(question.group(), question);
        request.addGroups(
            GroupTerm.newBuilder()
                .setGroup(question.group().value())
                .setTerm(question.term())
                .setCommitIndex(question.commitIndex()));
      }
      if (requests != null) {
        requests.onNext(request.build());
      }
    }

    void giveUp() {
      if (requests != null) {
        requests.cancel("no answer in time", null);
      }
    }

    @Override
    public void onNext(ConfirmResponse response) {
      List<Answer> answers = new ArrayList<>();
      synchronized (PeerLink.this) {
        if (response.getRound() != number) {
          return;
        }
        for (GroupTerm answered : response.getGroupsList()) {
          Question question = asked.get(new ShardGroupId(answered.getGroup()));
          if (question != null) {
            answers.add(new Answer(question.group(), question.round(), answered.getTerm()));
          }
        }
        asked = Map.of();
      }
      barrier.onAnswers(peer, answers);
      kick();
    }

    @Override
    public void onError(Throwable problem) {
      onBroken(this);
    }

    @Override
    public void onCompleted() {
      onBroken(this);
    }
  }
}
