package io.vxmeta.client.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.GetStatusRequest;
import io.vxmeta.client.v1.GetStatusResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A connection that somebody takes and nobody answers does not hold the calls that wait for it.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ConnectWatchTest {
  private static final int DEADLINE_SECONDS = 60;
  private static final int BACKLOG = 1;

  /// gRPC connects again a second after a failure, give or take a fifth.
  private static final long PAST_THE_BACKOFF_MS = 3_000;

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final ServerSocket mute = listen();
  private final InetSocketAddress address = (InetSocketAddress) mute.getLocalSocketAddress();

  private static ServerSocket listen() {
    try {
      return new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void stop() throws IOException {
    timer.shutdownNow();
    mute.close();
  }

  @Test
  void callGoesOverTheNextConnectionWhenTheFirstIsNeverAnswered() throws Exception {
    ManagedChannel channel = channel(1_000);
    var unused = channel.getState(true);
    try (Socket taken = mute.accept()) {
      assertServed(channel, ask(channel));
      assertFalse(taken.isClosed());
    }
  }

  /// gRPC goes on saying that the channel has failed while it waits for the second connection.
  @Test
  void callGoesOnWhenTheFirstConnectionIsResetAndTheSecondNeverAnswered() throws Exception {
    ManagedChannel channel = channel(PAST_THE_BACKOFF_MS);
    ListenableFuture<GetStatusResponse> answer = ask(channel);
    try (Socket broken = mute.accept()) {
      broken.setSoLinger(true, 0);
    }
    try (Socket taken = mute.accept()) {
      assertServed(channel, answer);
      assertFalse(taken.isClosed());
    }
  }

  private ManagedChannel channel(long answerWithinMs) {
    return ConnectWatch.over(
        NettyChannelBuilder.forAddress(address, InsecureChannelCredentials.create()).build(),
        timer,
        answerWithinMs);
  }

  private static ListenableFuture<GetStatusResponse> ask(ManagedChannel channel) {
    return ClusterAdminGrpc.newFutureStub(channel)
        .withWaitForReady()
        .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .getStatus(GetStatusRequest.getDefaultInstance());
  }

  /// From now on a server answers at the address.
  private void assertServed(ManagedChannel channel, ListenableFuture<GetStatusResponse> answer)
      throws Exception {
    mute.close();
    Server server =
        NettyServerBuilder.forAddress(address, InsecureServerCredentials.create()).build().start();
    ExecutionException served = assertThrows(ExecutionException.class, answer::get);
    assertEquals(
        Status.Code.UNIMPLEMENTED, Status.fromThrowable(served).getCode(), "the server's own");
    server.shutdownNow();
    channel.shutdownNow();
  }
}
