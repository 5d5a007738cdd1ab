package io.vxmeta.client.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.GetStatusRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A connection that somebody takes and nobody answers does not hold the calls that wait for it.
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ConnectWatchTest {
  private static final int DEADLINE_SECONDS = 60;
  private static final int BACKLOG = 1;

  @Test
  void callGoesOverTheNextConnectionWhenTheFirstIsNeverAnswered() throws Exception {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    ServerSocket mute = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    InetSocketAddress address = (InetSocketAddress) mute.getLocalSocketAddress();
    ManagedChannel channel =
        ConnectWatch.over(
            NettyChannelBuilder.forAddress(address, InsecureChannelCredentials.create()).build(),
            timer,
            100);
    var unused = channel.getState(true);
    try (Socket taken = mute.accept()) {
      mute.close();
      Server server =
          NettyServerBuilder.forAddress(address, InsecureServerCredentials.create())
              .build()
              .start();
      StatusRuntimeException answer =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  ClusterAdminGrpc.newBlockingStub(channel)
                      .withWaitForReady()
                      .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS)
                      .getStatus(GetStatusRequest.getDefaultInstance()));
      assertEquals(Status.Code.UNIMPLEMENTED, answer.getStatus().getCode(), "the server's own");
      assertFalse(taken.isClosed());
      server.shutdownNow();
    } finally {
      channel.shutdownNow();
      timer.shutdownNow();
    }
  }
}
