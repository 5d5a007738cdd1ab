package io.vxmeta.chaos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A caller and an echo on either side of the network.
class NetworkTest {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");

  /// Milliseconds without an answer that we take for silence.
  private static final int SILENCE_MS = 150;

  /// What a closed connection answers.
  private static final int END = -1;

  private static final int ANSWER_TIMEOUT_MS = 20_000;

  private final Network network = new Network(List.of(A, B));
  private ServerSocket echo;
  private Socket caller;

  @BeforeEach
  void connect() throws IOException {
    echo = new ServerSocket(0, 16, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(this::serve);
    network.connect(new Way(A, B, Way.Line.PEER), echo.getLocalPort());
    caller = call();
  }

  @AfterEach
  void close() throws IOException {
    caller.close();
    echo.close();
    network.close();
  }

  @Test
  void bytesPassInBothDirections() throws IOException {
    assertEquals(7, ask(caller, 7));
  }

  @Test
  void cutSilencesAndHealDelivers() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance cut = network.cut(A, B);
    caller.getOutputStream().write(2);
    assertSilent();
    assertTrue(cut.hindered() > 0, "a cut knows that it stopped something");
    network.heal();
    assertEquals(2, answer(caller));
  }

  @Test
  void liftingOneCutLeavesTheOther() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance one = network.cut(A, B);
    Disturbance other = network.disturb(Way.oneWay(A, B), new Trouble.Cut());
    one.lift();
    caller.getOutputStream().write(2);
    assertSilent();
    other.lift();
    assertEquals(2, answer(caller));
  }

  @Test
  void cutOfOneLineLeavesTheOtherLines() throws IOException {
    Disturbance raft = network.disturb(List.of(new Way(A, B, Way.Line.RAFT)), new Trouble.Cut());
    assertEquals(1, ask(caller, 1));
    assertEquals(0, raft.hindered());
  }

  @Test
  void oneWayCutHoldsBackAnswersOnly() throws IOException {
    assertEquals(1, ask(caller, 1));
    network.disturb(Way.oneWay(B, A), new Trouble.Cut());
    caller.getOutputStream().write(2);
    assertSilent();
    network.heal();
    assertEquals(2, answer(caller));
  }

  @Test
  void callsMadeDuringACutAreServedAfterIt() throws IOException {
    network.cut(A, B);
    try (Socket late = call()) {
      late.getOutputStream().write(3);
      network.heal();
      assertEquals(3, answer(late));
    }
  }

  @Test
  void delayedBytesArriveNoEarlier() throws IOException {
    assertEquals(1, ask(caller, 1));
    Duration delay = Duration.ofMillis(80);
    Disturbance late =
        network.disturb(Way.oneWay(A, B), new Trouble.Late(delay, delay.multipliedBy(2)));
    long start = System.nanoTime();
    assertEquals(2, ask(caller, 2));
    assertTrue(System.nanoTime() - start >= delay.toNanos(), "the answer came before its delay");
    assertTrue(late.hindered() > 0, "a delay knows that it delayed something");
  }

  @Test
  void narrowWayTakesItsTimeForEachByte() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance narrow = network.disturb(Way.oneWay(A, B), new Trouble.Narrow(10_000));
    long start = System.nanoTime();
    caller.getOutputStream().write(new byte[1_000]);
    for (int i = 0; i < 1_000; i++) {
      assertEquals(0, answer(caller));
    }
    assertTrue(System.nanoTime() - start >= 100_000_000, "1,000 bytes at 10,000 a second");
    assertTrue(narrow.hindered() > 0, "a narrow way knows what it slowed down");
  }

  @Test
  void resetIsSeenByTheCallerAndANewCallWorks() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance refused = network.disturb(Way.between(A, B), new Trouble.Refused());
    assertThrows(SocketException.class, () -> ask(caller, 2));
    assertEquals(1, refused.hindered());
    assertEquals(END, askOrEnd(call()));
    refused.lift();
    try (Socket next = call()) {
      assertEquals(3, ask(next, 3));
    }
  }

  @Test
  void halfOpenCallerHearsNothingUntilItIsToldByAReset() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance halfOpen = network.disturb(Way.between(A, B), new Trouble.HalfOpen());
    caller.getOutputStream().write(2);
    assertSilent();
    halfOpen.lift();
    assertThrows(SocketException.class, () -> ask(caller, 3));
  }

  @Test
  void blackHoleSwallowsWhatOldConnectionsCarryForEverAndNewOnesAreWell() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance hole = network.disturb(Way.between(A, B), new Trouble.BlackHole());
    assertEquals(1, hole.hindered());
    caller.getOutputStream().write(2);
    assertSilent();
    try (Socket next = call()) {
      assertEquals(3, ask(next, 3));
    }
    hole.lift();
    caller.getOutputStream().write(4);
    assertSilent();
  }

  @Test
  void proxiesSayThatTheyCanNotLosePackets() {
    assertTrue(network.whyNot(Trouble.Lossy.class).isPresent());
    assertEquals(Optional.empty(), network.whyNot(Trouble.Cut.class));
  }

  @Test
  void probeMeetsTheCutWhenEverybodyIsSilent() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance cut = network.cut(A, B);
    network.probe(Way.oneWay(A, B));
    long deadline = System.nanoTime() + ANSWER_TIMEOUT_MS * 1_000_000L;
    while (cut.hindered() == 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertTrue(cut.hindered() > 0, "the probe was held");
  }

  @Test
  void callToADeadPortEnds() throws IOException {
    echo.close();
    try (Socket late = call()) {
      assertEquals(END, askOrEnd(late));
    }
  }

  /// The kernel may still take a call for a port that is being closed: then it ends without a
  /// reset.
  private static int askOrEnd(Socket socket) throws IOException {
    try {
      return ask(socket, 1);
    } catch (SocketException reset) {
      return END;
    }
  }

  private void serve() {
    while (!echo.isClosed()) {
      try {
        Socket call = echo.accept();
        Thread.ofVirtual().start(() -> answerAll(call));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private static void answerAll(Socket call) {
    try (call) {
      for (int b = call.getInputStream().read(); b >= 0; b = call.getInputStream().read()) {
        call.getOutputStream().write(b);
      }
    } catch (IOException broken) {
      // The test broke it on purpose.
    }
  }

  private Socket call() throws IOException {
    Socket socket = new Socket(InetAddress.ofLiteral(network.address(A, B)), echo.getLocalPort());
    socket.setSoTimeout(ANSWER_TIMEOUT_MS);
    return socket;
  }

  private static int ask(Socket socket, int b) throws IOException {
    socket.getOutputStream().write(b);
    return answer(socket);
  }

  private static int answer(Socket socket) throws IOException {
    return socket.getInputStream().read();
  }

  private void assertSilent() throws IOException {
    caller.setSoTimeout(SILENCE_MS);
    assertThrows(SocketTimeoutException.class, () -> answer(caller));
    caller.setSoTimeout(ANSWER_TIMEOUT_MS);
  }
}
