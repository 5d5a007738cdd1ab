package io.vxmeta.chaos.net;

import static io.vxmeta.chaos.net.Talk.END;
import static io.vxmeta.chaos.net.Talk.answer;
import static io.vxmeta.chaos.net.Talk.ask;
import static io.vxmeta.chaos.net.Talk.askOrEnd;
import static io.vxmeta.chaos.net.Talk.assertSilent;
import static io.vxmeta.chaos.net.Talk.awaitTrue;
import static io.vxmeta.chaos.net.Talk.callOrEnd;
import static io.vxmeta.chaos.net.Talk.nobodysPort;
import static io.vxmeta.chaos.net.Talk.reset;
import static io.vxmeta.chaos.net.Talk.say;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Ends, resets and refusals: what one side of a network hears of the other being gone.
class RelayTest {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");

  /// Who writes nothing for so long has found no more room.
  private static final Duration SILENCE = Duration.ofMillis(150);

  private final Network network = new Network(List.of(A, B));
  private Echo echo;
  private Socket caller;

  @BeforeEach
  void connect() throws IOException {
    echo = new Echo();
    network.connect(new Way(A, B, Way.Line.PEER), echo.port());
    caller = call();
  }

  @AfterEach
  void close() throws IOException {
    caller.close();
    echo.close();
    network.close();
  }

  private Socket call() throws IOException {
    return call(echo.port());
  }

  private Socket call(int port) throws IOException {
    return Talk.call(network.address(A, B), port);
  }

  @Test
  void endIsHeardInBothDirections() throws Exception {
    assertEquals(1, ask(caller, 1));
    caller.shutdownOutput();
    assertEquals(END, answer(caller));
    try (Socket another = call()) {
      assertEquals(2, ask(another, 2));
      var _ = echo.nextCall();
      echo.nextCall().close();
      assertEquals(END, answer(another));
    }
  }

  @Test
  void endOfOneWhoIsCutOffIsHeardWhenHealed() throws Exception {
    assertEquals(1, ask(caller, 1));
    Disturbance cut = network.disturb(Way.oneWay(B, A), new Trouble.Cut());
    echo.nextCall().close();
    assertSilent(caller);
    awaitTrue(() -> cut.hindered() > 0, "the end was held");
    network.heal();
    assertEquals(END, answer(caller));
  }

  @Test
  void endIsDelayedLikeBytes() throws Exception {
    assertEquals(1, ask(caller, 1));
    Duration delay = Duration.ofMillis(80);
    network.disturb(Way.oneWay(B, A), new Trouble.Late(delay, delay.multipliedBy(2)));
    long start = System.nanoTime();
    echo.nextCall().close();
    assertEquals(END, answer(caller));
    assertTrue(System.nanoTime() - start >= delay.toNanos(), "the end came before its delay");
  }

  @Test
  void resetByOneWhoIsCutOffIsSeenWhenHealed() throws Exception {
    assertEquals(1, ask(caller, 1));
    network.disturb(Way.oneWay(B, A), new Trouble.Cut());
    reset(echo.nextCall());
    assertSilent(caller);
    network.heal();
    assertThrows(SocketException.class, () -> answer(caller));
  }

  @Test
  void callerIsToldOnlyOverTheWayBackThatNobodyTakesItsBytes() throws Exception {
    assertEquals(1, ask(caller, 1));
    network.disturb(Way.oneWay(B, A), new Trouble.Cut());
    reset(echo.nextCall());
    for (int i = 0; i < 3; i++) {
      say(caller, 2);
      assertSilent(caller);
    }
    network.heal();
    assertEquals(END, askOrEnd(caller));
  }

  @Test
  void callerWhoWritesToOneThatHasEndedSeesAReset() throws Exception {
    assertEquals(1, ask(caller, 1));
    echo.nextCall().close();
    assertEquals(END, answer(caller));
    awaitTrue(() -> isBroken(caller), "bytes for nobody are answered by a reset");
  }

  @Test
  void refusedCallHearsOfItOnlyWhenTheWayBackIsOpen() throws IOException {
    Way deadEnd = new Way(A, B, Way.Line.RAFT);
    int nobodys = nobodysPort();
    network.connect(deadEnd, nobodys);
    network.disturb(List.of(deadEnd.reverse()), new Trouble.Cut());
    caller.close();
    caller = call(nobodys);
    assertSilent(caller);
    network.heal();
    assertEquals(END, askOrEnd(caller));
  }

  @Test
  void callToADeadPortEnds() throws IOException {
    echo.close();
    assertEquals(END, callOrEnd(network.address(A, B), echo.port()));
  }

  @Test
  void blackHoleSwallowsEndsAndResetsToo() throws Exception {
    assertEquals(1, ask(caller, 1));
    network.disturb(Way.between(A, B), new Trouble.BlackHole());
    reset(echo.nextCall());
    assertSilent(caller);
    say(caller, 2);
    assertSilent(caller);
    caller.close();
    awaitTrue(() -> network.relayed() == 0, "both sides have ended");
  }

  @Test
  void halfOpenCallerIsToldThroughTheGate() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance cut = network.disturb(Way.oneWay(B, A), new Trouble.Cut());
    Disturbance halfOpen = network.disturb(Way.between(A, B), new Trouble.HalfOpen());
    assertEquals(1, halfOpen.hindered());
    halfOpen.lift();
    say(caller, 2);
    assertSilent(caller);
    cut.lift();
    assertThrows(SocketException.class, () -> answer(caller));
  }

  @Test
  void connectionsWhoseSidesEndUnheardAreOverWhenHealed() throws Exception {
    assertEquals(1, ask(caller, 1));
    network.cut(A, B);
    try (Socket late = call()) {
      say(late, 3);
    }
    caller.close();
    echo.nextCall().close();
    awaitTrue(() -> network.relayed() == 2, "nobody can hear that they are over");
    network.heal();
    awaitTrue(() -> network.relayed() == 0, "both sides have heard that the other ended");
  }

  @Test
  void connectionsFullOfHeldBytesEndWithTheNetwork() throws Exception {
    assertEquals(1, ask(caller, 1));
    network.cut(A, B);
    AtomicLong written = new AtomicLong();
    Thread fill = Thread.ofVirtual().start(() -> writeUntilItBreaks(caller, written));
    long before;
    do {
      before = written.get();
      assertFalse(fill.join(SILENCE), "the connection lives");
    } while (written.get() != before);
    network.close();
    awaitTrue(() -> network.relayed() == 0, "no thread of a connection is left");
  }

  private static void writeUntilItBreaks(Socket socket, AtomicLong written) {
    byte[] much = new byte[16 << 10];
    try {
      while (true) {
        socket.getOutputStream().write(much);
        written.addAndGet(much.length);
      }
    } catch (IOException broken) {
      // So it is meant.
    }
  }

  private static boolean isBroken(Socket socket) {
    try {
      say(socket, 1);
      return false;
    } catch (IOException broken) {
      return true;
    }
  }
}
