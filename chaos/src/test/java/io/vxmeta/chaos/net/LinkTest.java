package io.vxmeta.chaos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/// A proxy on a machine whose descriptors are used up.
class LinkTest {

  @Test
  void proxyThatFailsToAcceptOnceGoesOn() throws IOException {
    try (Echo echo = new Echo();
        Flawed listener = new Flawed(1);
        Link _ = Link.on(listener, echo.address(), new Gate(), new Gate());
        Socket patient = Talk.call("127.0.0.1", listener.getLocalPort())) {
      assertEquals(5, Talk.ask(patient, 5));
    }
  }

  @Test
  void proxyThatCanNotAcceptFailsWhoeverSteers() throws IOException {
    try (Echo echo = new Echo();
        Flawed listener = new Flawed(Integer.MAX_VALUE);
        Link link = Link.on(listener, echo.address(), new Gate(), new Gate())) {
      Talk.awaitTrue(listener::isClosed, "it gives up");
      assertThrows(IllegalStateException.class, link::requireSound);
    }
  }

  /// Fails so many times before it accepts.
  private static final class Flawed extends ServerSocket {
    private int failures;

    Flawed(int failures) throws IOException {
      super(0, 16, InetAddress.ofLiteral("127.0.0.1"));
      this.failures = failures;
    }

    @Override
    public Socket accept() throws IOException {
      if (failures > 0) {
        failures--;
        throw new IOException("no descriptor is left");
      }
      return super.accept();
    }
  }
}
