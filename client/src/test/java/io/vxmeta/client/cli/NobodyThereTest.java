package io.vxmeta.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What vxctl says of an endpoint at which it finds no node.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class NobodyThereTest {

  private static final int BACKLOG = 50;

  /// Below what one question for the shard map may take: what was said before it is still known.
  private static final String TIMEOUT = "1500ms";

  /// A busy machine may need all of a run's time before anything answers.
  private static final int RUNS_MAX = 40;

  /// Words of gRPC that are none of a user's.
  private static final List<String> NOT_FOR_USERS =
      List.of("io exception", "UNAVAILABLE", "Pipeline", "CallOptions", "Exception");

  /// A command that got so far within its time that its error line says that.
  private static CommandRun failing(String endpoint, String words, String... command) {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of("--endpoints", endpoint, "--timeout", TIMEOUT));
    CommandRun run;
    int runs = 0;
    do {
      run = CommandRun.of(line.toArray(String[]::new));
    } while (!run.err().contains(words) && ++runs < RUNS_MAX);
    assertEquals(ExitCode.UNAVAILABLE, run.code(), run.toString());
    assertTrue(run.err().contains(endpoint + ": " + words), run.toString());
    for (String word : NOT_FOR_USERS) {
      assertFalse((run.out() + run.err()).contains(word), run.toString());
    }
    return run;
  }

  @Test
  void aPortWithoutAListenerRefuses() {
    failing("127.0.0.1:1", "connection refused", "get", "k");
    failing("127.0.0.1:1", "connection refused", "status");
  }

  @Test
  void aPortThatNeverAnswersMakesNoConnection() throws IOException {
    try (ServerSocket mute = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress())) {
      failing("127.0.0.1:" + mute.getLocalPort(), "no connection in time", "status");
    }
  }

  /// As the ports of a node for Raft and for its peers.
  @Test
  void aPortWithOtherServicesIsNoClientPort() throws IOException, InterruptedException {
    Server other =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .build()
            .start();
    try {
      String endpoint = "127.0.0.1:" + other.getPort();
      assertNoClientPort(endpoint, "not a vx-meta client port, or of an older release");
    } finally {
      other.shutdownNow().awaitTermination();
    }
  }

  @Test
  void aPortThatAnswersHttpIsNoClientPort() throws IOException, InterruptedException {
    List<Socket> kept = new CopyOnWriteArrayList<>();
    Thread answering;
    try (ServerSocket http = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress())) {
      answering = new Thread(() -> answerAsHttp(http, kept));
      answering.start();
      String endpoint = "127.0.0.1:" + http.getLocalPort();
      assertNoClientPort(endpoint, "not a vx-meta client port: it answers HTTP/1");
    }
    answering.join();
    for (Socket each : kept) {
      each.close();
    }
  }

  private static void assertNoClientPort(String endpoint, String words) {
    String remedy = "; --endpoints takes the nodes' client ports";
    CommandRun get = failing(endpoint, words, "get", "k");
    assertTrue(get.err().contains(remedy), get.toString());
    CommandRun status = failing(endpoint, words, "status");
    assertTrue(status.err().contains(remedy), status.toString());
    assertTrue(status.out().contains(remedy), status.toString());
  }

  private static void answerAsHttp(ServerSocket http, List<Socket> kept) {
    byte[] answer = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    while (!http.isClosed()) {
      try {
        Socket caller = http.accept();
        kept.add(caller);
        caller.getOutputStream().write(answer);
      } catch (IOException gone) {
        // The caller went, or the test ended.
      }
    }
  }

  /// The deadline ends while the endpoint is asked again.
  @Test
  void whatTheEndpointSaidBeforeTheDeadlineIsTold() throws IOException, InterruptedException {
    List<Socket> kept = new CopyOnWriteArrayList<>();
    Thread answering;
    try (ServerSocket moody = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress())) {
      answering = new Thread(() -> closeEveryOther(moody, kept));
      answering.start();
      String endpoint = "127.0.0.1:" + moody.getLocalPort();
      failing(endpoint, "connection closed without an answer", "get", "k");
    }
    answering.join();
    for (Socket each : kept) {
      each.close();
    }
  }

  private static void closeEveryOther(ServerSocket moody, List<Socket> kept) {
    try {
      while (true) {
        moody.accept().close();
        kept.add(moody.accept());
      }
    } catch (IOException ended) {
      assertTrue(moody.isClosed(), ended::toString);
    }
  }
}
