package io.vxmeta.chaos.net;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.function.BooleanSupplier;

/// What callers of an echo do and see.
final class Talk {
  /// What a closed connection answers.
  static final int END = -1;

  /// Milliseconds without an answer that we take for silence.
  private static final int SILENCE_MS = 150;

  private static final int ANSWER_TIMEOUT_MS = 20_000;

  private Talk() {}

  static Socket call(String address, int port) throws IOException {
    Socket socket = new Socket(InetAddress.ofLiteral(address), port);
    socket.setSoTimeout(ANSWER_TIMEOUT_MS);
    return socket;
  }

  static void say(Socket socket, int b) throws IOException {
    socket.getOutputStream().write(b);
  }

  static int answer(Socket socket) throws IOException {
    return socket.getInputStream().read();
  }

  static int ask(Socket socket, int b) throws IOException {
    say(socket, b);
    return answer(socket);
  }

  /// The kernel may still take a call for a port that is being closed: then it ends without a
  /// reset.
  static int askOrEnd(Socket socket) throws IOException {
    try {
      return ask(socket, 1);
    } catch (SocketException reset) {
      return END;
    }
  }

  /// The same for a call of its own: its reset may come before the caller knows that it is
  /// connected.
  static int callOrEnd(String address, int port) throws IOException {
    try (Socket socket = call(address, port)) {
      return ask(socket, 1);
    } catch (SocketException reset) {
      return END;
    }
  }

  /// Ends it with a reset.
  static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  static void assertSilent(Socket caller) throws IOException {
    caller.setSoTimeout(SILENCE_MS);
    assertThrows(SocketTimeoutException.class, () -> answer(caller));
    caller.setSoTimeout(ANSWER_TIMEOUT_MS);
  }

  static void awaitTrue(BooleanSupplier claim, String promise) {
    long start = System.nanoTime();
    while (!claim.getAsBoolean() && System.nanoTime() - start < ANSWER_TIMEOUT_MS * 1_000_000L) {
      Thread.onSpinWait();
    }
    assertTrue(claim.getAsBoolean(), promise);
  }

  /// A port of 127.0.0.1 at which nobody listens.
  static int nobodysPort() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return taken.getLocalPort();
    }
  }
}
