package io.vxmeta.chaos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.chaos.host.Command;
import io.vxmeta.shardmap.NodeId;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// An echo in a namespace of its own, and a caller outside.
class NamespacesIT {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");
  private static final int PORT = 7401;
  private static final int SILENCE_MS = 300;
  private static final int ANSWER_TIMEOUT_MS = 20_000;
  private static final int ASKED_MIN = 10;

  /// Each goes in a byte; more than ten only until a packet was lost.
  private static final int ASKED_MAX = 200;

  /// Says that it listens, and answers each byte with itself; each caller has a process.
  private static final String ECHO =
      """
      use IO::Socket::INET; $| = 1;
      my $s = IO::Socket::INET->new(LocalAddr => $ARGV[0], LocalPort => $ARGV[1], Listen => 9) or die;
      print "listening\\n";
      $SIG{CHLD} = 'IGNORE';
      while (my $c = $s->accept) {
        next if fork;
        close $s;
        while (sysread($c, my $b, 1)) { syswrite($c, $b) or last }
        exit;
      }
      """;

  /// Says that it is connected, and stays so.
  private static final String CALLER =
      """
      use IO::Socket::INET; $| = 1;
      my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1]) or die;
      print "connected\n";
      sleep 600;
      """;

  private Namespaces namespaces;
  private NamespaceWires wires;
  private Process echo;

  @BeforeEach
  void make() throws Exception {
    Optional<String> impossible = Namespaces.whyNot();
    assumeTrue(impossible.isEmpty(), () -> impossible.orElse(""));
    namespaces = Namespaces.make(List.of(A, B));
    wires =
        new NamespaceWires(
            Map.of(
                Wires.CLIENT,
                NamespaceWires.Place.ofClients(namespaces.clientAddress()),
                A,
                place(A),
                B,
                place(B)));
    echo = perl(B, ECHO, "listening");
  }

  private Process perl(NodeId node, String program, String begins) throws IOException {
    List<String> command = new ArrayList<>(namespaces.enter(node));
    command.addAll(List.of("perl", "-e", program, namespaces.address(B), Integer.toString(PORT)));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader output = process.inputReader();
    assertEquals(begins, output.readLine());
    return process;
  }

  private String in(NodeId node, String script) throws Exception {
    List<String> command = new ArrayList<>(namespaces.enter(node));
    command.addAll(List.of("sh", "-c", script));
    return Command.run(command);
  }

  private NamespaceWires.Place place(NodeId node) {
    return NamespaceWires.Place.named(
        namespaces.namespace(node), namespaces.address(node), Map.of(Way.Line.CLIENT, PORT));
  }

  @AfterEach
  void remove() throws Exception {
    if (namespaces != null) {
      if (echo != null) {
        echo.destroyForcibly();
      }
      namespaces.close();
      assertEquals(
          List.of(),
          Command.run("ip", "netns", "list")
              .lines()
              .filter(line -> line.startsWith(namespaces.namespace(A)))
              .toList());
    }
  }

  @Test
  void cutSilencesAndLiftingDelivers() throws Exception {
    try (Socket caller = call()) {
      assertEquals(1, ask(caller, 1));
      Disturbance cut = wires.disturb(Way.between(Wires.CLIENT, B), new Trouble.Cut());
      caller.getOutputStream().write(2);
      assertSilent(caller);
      assertTrue(cut.hindered() > 0, "packets were dropped");
      cut.lift();
      assertTrue(cut.hindered() > 0, "what was counted stays counted");
      assertEquals(2, caller.getInputStream().read());
    }
  }

  @Test
  void cutAnswersAreHeldBackAlone() throws Exception {
    try (Socket caller = call()) {
      assertEquals(1, ask(caller, 1));
      Disturbance mute = wires.disturb(Way.oneWay(B, Wires.CLIENT), new Trouble.Cut());
      caller.getOutputStream().write(2);
      assertSilent(caller);
      wires.heal();
      assertEquals(2, caller.getInputStream().read());
      assertTrue(mute.hindered() > 0, "packets were dropped");
    }
  }

  @Test
  void otherWaysAndLinesAreLeftAlone() throws Exception {
    Disturbance other = wires.disturb(Way.between(A, B), new Trouble.Cut());
    Disturbance line =
        wires.disturb(List.of(new Way(Wires.CLIENT, B, Way.Line.RAFT)), new Trouble.Cut());
    try (Socket caller = call()) {
      assertEquals(1, ask(caller, 1));
    }
    assertEquals(0, other.hindered());
    assertEquals(0, line.hindered());
  }

  @Test
  void refusedConnectionsAreReset() throws Exception {
    try (Socket caller = call()) {
      assertEquals(1, ask(caller, 1));
      Disturbance refused = wires.disturb(Way.between(Wires.CLIENT, B), new Trouble.Refused());
      assertThrows(SocketException.class, () -> ask(caller, 2));
      assertThrows(IOException.class, this::call);
      assertTrue(refused.hindered() > 0, "packets were refused");
      refused.lift();
    }
    echo.destroyForcibly();
  }

  @Test
  void halfOpenIsSilenceFirstAndAResetWhenItIsOver() throws Exception {
    try (Socket caller = call()) {
      assertEquals(1, ask(caller, 1));
      Disturbance halfOpen = wires.disturb(Way.between(Wires.CLIENT, B), new Trouble.HalfOpen());
      assertEquals(1, halfOpen.hindered(), "connections forgotten");
      caller.getOutputStream().write(2);
      assertSilent(caller);
      halfOpen.lift();
      assertThrows(SocketException.class, () -> caller.getInputStream().read());
    }
    try (Socket another = call()) {
      assertEquals(3, ask(another, 3));
    }
  }

  @Test
  void blackHoleSwallowsOldConnectionsForGoodAndNewOnesAreWell() throws Exception {
    try (Socket caller = call()) {
      assertEquals(1, ask(caller, 1));
      Disturbance hole = wires.disturb(Way.between(Wires.CLIENT, B), new Trouble.BlackHole());
      caller.getOutputStream().write(2);
      assertSilent(caller);
      assertTrue(hole.hindered() > 0, "packets were dropped");
      try (Socket next = call()) {
        assertEquals(3, ask(next, 3));
      }
      hole.lift();
      assertTrue(hole.hindered() > 0, "what was counted stays counted");
      wires.heal();
      caller.getOutputStream().write(4);
      assertSilent(caller);
      assertEquals(1, wires.holes());
    }
  }

  @Test
  void rulesOfABlackHoleGoWithItsConnectionsAndPortsAreReservedUntilThen() throws Exception {
    Process caller = perl(A, CALLER, "connected");
    wires.disturb(List.of(new Way(A, B, Way.Line.CLIENT)), new Trouble.BlackHole()).lift();
    wires.heal();
    assertEquals(1, wires.holes());
    assertEquals("2", in(B, "iptables -S | grep -c DROP").strip());
    String port =
        in(A, "ss -Htn state established | awk '{ sub(/.*:/, \"\", $3); print $3 }'").strip();
    assertEquals(port, reserved());
    caller.destroyForcibly().waitFor();
    wires.heal();
    assertEquals(1, wires.holes(), "both sides still know of the connection");
    for (NodeId side : List.of(A, B)) {
      String _ = in(side, "ss -HK -tan exclude listening");
    }
    wires.heal();
    assertEquals(0, wires.holes());
    assertEquals("", reserved());
    assertEquals("0", in(B, "iptables -S | grep -c DROP || true").strip());
  }

  private String reserved() throws Exception {
    return in(A, "cat /proc/sys/net/ipv4/ip_local_reserved_ports").strip();
  }

  @Test
  void probeCountsOnlyWhereSomebodyWouldTakeIt() throws Exception {
    List<Way> way = List.of(new Way(A, B, Way.Line.CLIENT));
    Disturbance cut = wires.disturb(way, new Trouble.Cut());
    wires.probe(way);
    long held = cut.hindered();
    assertTrue(held > 0, "the probe was dropped");
    echo.destroyForcibly().waitFor();
    wires.probe(way);
    assertEquals(held, cut.hindered(), "nobody listens");
  }

  @Test
  void lossSlowsACallAndLosesNothing() throws Exception {
    Disturbance lossy = wires.disturb(Way.between(Wires.CLIENT, B), new Trouble.Lossy(20));
    try (Socket caller = call()) {
      for (int i = 1; i <= ASKED_MAX && (i <= ASKED_MIN || lossy.hindered() == 0); i++) {
        assertEquals(i, ask(caller, i));
      }
    }
    assertTrue(lossy.hindered() > 0, "of so many packets some were lost");
  }

  private Socket call() throws IOException {
    Socket socket = new Socket(namespaces.address(B), PORT);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(ANSWER_TIMEOUT_MS);
    return socket;
  }

  private static int ask(Socket socket, int b) throws IOException {
    socket.getOutputStream().write(b);
    return socket.getInputStream().read();
  }

  private static void assertSilent(Socket caller) throws IOException {
    caller.setSoTimeout(SILENCE_MS);
    assertThrows(SocketTimeoutException.class, () -> caller.getInputStream().read());
    caller.setSoTimeout(ANSWER_TIMEOUT_MS);
  }
}
