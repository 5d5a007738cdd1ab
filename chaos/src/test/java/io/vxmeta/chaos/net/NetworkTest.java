package io.vxmeta.chaos.net;

import static io.vxmeta.chaos.net.Talk.END;
import static io.vxmeta.chaos.net.Talk.answer;
import static io.vxmeta.chaos.net.Talk.ask;
import static io.vxmeta.chaos.net.Talk.assertSilent;
import static io.vxmeta.chaos.net.Talk.awaitTrue;
import static io.vxmeta.chaos.net.Talk.callOrEnd;
import static io.vxmeta.chaos.net.Talk.nobodysPort;
import static io.vxmeta.chaos.net.Talk.say;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A caller and an echo on either side of a network in trouble.
class NetworkTest {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");

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
  void bytesPassInBothDirections() throws IOException {
    assertEquals(7, ask(caller, 7));
  }

  @Test
  void cutSilencesAndHealDelivers() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance cut = network.cut(A, B);
    say(caller, 2);
    assertSilent(caller);
    awaitTrue(() -> cut.hindered() > 0, "a cut knows that it stopped something");
    network.heal();
    assertEquals(2, answer(caller));
  }

  @Test
  void liftingOneCutLeavesTheOther() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance one = network.cut(A, B);
    Disturbance other = network.disturb(Way.oneWay(A, B), new Trouble.Cut());
    one.lift();
    say(caller, 2);
    assertSilent(caller);
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
    say(caller, 2);
    assertSilent(caller);
    network.heal();
    assertEquals(2, answer(caller));
  }

  @Test
  void callsMadeDuringACutAreServedAfterIt() throws IOException {
    network.cut(A, B);
    try (Socket late = call()) {
      say(late, 3);
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
  void narrowWayDoesNotCountWhatItDoesNotSlow() throws IOException {
    Disturbance wide = network.disturb(Way.between(A, B), new Trouble.Narrow(1L << 40));
    assertEquals(1, ask(caller, 1));
    assertEquals(0, wide.hindered());
  }

  @Test
  void resetIsSeenByTheCallerAndANewCallWorks() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance refused = network.disturb(Way.between(A, B), new Trouble.Refused());
    assertThrows(SocketException.class, () -> ask(caller, 2));
    assertEquals(1, refused.hindered());
    assertEquals(END, callOrEnd(network.address(A, B), echo.port()));
    refused.lift();
    try (Socket next = call()) {
      assertEquals(3, ask(next, 3));
    }
  }

  @Test
  void halfOpenCallerHearsNothingUntilItIsToldByAReset() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance halfOpen = network.disturb(Way.between(A, B), new Trouble.HalfOpen());
    say(caller, 2);
    assertSilent(caller);
    halfOpen.lift();
    assertThrows(SocketException.class, () -> ask(caller, 3));
  }

  @Test
  void blackHoleSwallowsWhatOldConnectionsCarryForEverAndNewOnesAreWell() throws IOException {
    assertEquals(1, ask(caller, 1));
    Disturbance hole = network.disturb(Way.between(A, B), new Trouble.BlackHole());
    assertEquals(0, hole.hindered(), "nobody has spoken");
    say(caller, 2);
    assertSilent(caller);
    awaitTrue(() -> hole.hindered() == 1, "it swallowed a byte");
    try (Socket next = call()) {
      assertEquals(3, ask(next, 3));
    }
    hole.lift();
    say(caller, 4);
    assertSilent(caller);
  }

  @Test
  void halfOpenCountsForgottenConnectionsAlone() throws IOException {
    assertEquals(1, ask(caller, 1));
    caller.close();
    awaitTrue(() -> network.relayed() == 0, "nobody is connected");
    Disturbance halfOpen = network.disturb(Way.between(A, B), new Trouble.HalfOpen());
    caller = call();
    say(caller, 2);
    assertSilent(caller);
    assertEquals(0, halfOpen.hindered());
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
    awaitTrue(() -> cut.hindered() > 0, "the probe was held");
  }

  /// A proxy takes one call after the other, so the probe would have been counted BEFORE our call.
  @Test
  void probeOfADeadPortProvesNothing() throws IOException {
    Way deadEnd = new Way(A, B, Way.Line.RAFT);
    int nobodys = nobodysPort();
    network.connect(deadEnd, nobodys);
    Disturbance refused = network.disturb(List.of(deadEnd), new Trouble.Refused());
    network.probe(List.of(deadEnd));
    assertEquals(END, callOrEnd(network.address(A, B), nobodys));
    assertEquals(1, refused.hindered());
  }
}
