package io.vxmeta.chaos.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The proxy one party reaches one port of another party through.
final class Link implements AutoCloseable {
  /* Threads: one virtual thread accepts; each connection is a `Relay`. Steering is thread-safe. */

  /// Connections waiting to be accepted.
  private static final int BACKLOG = 128;

  private static final int PROBE_TIMEOUT_MS = 1_000;

  private final ServerSocket listener;
  private final InetSocketAddress target;
  private final Gate forward;
  private final Gate backward;
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();

  private Link(ServerSocket listener, InetSocketAddress target, Gate forward, Gate backward) {
    this.listener = listener;
    this.target = target;
    this.forward = forward;
    this.backward = backward;
  }

  /// Starts to listen; fails when the address is taken.
  static Link open(InetSocketAddress address, InetSocketAddress target, Gate forward, Gate backward)
      throws IOException {
    ServerSocket listener = new ServerSocket();
    try {
      listener.bind(address, BACKLOG);
    } catch (IOException taken) {
      listener.close();
      throw new IOException("cannot listen for a proxy: address=" + address, taken);
    }
    Link link = new Link(listener, target, forward, backward);
    Thread.ofVirtual().name("link-" + address).start(link::accept);
    return link;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket source = listener.accept();
        Relay relay = new Relay(source, forward, backward);
        if (forward.refuses()) {
          relay.reset();
          continue;
        }
        relays.add(relay);
        relay.start(target, () -> relays.remove(relay));
      } catch (SocketException closing) {
        if (!listener.isClosed()) {
          throw new IllegalStateException("a proxy can not accept: " + listener, closing);
        }
      } catch (IOException broken) {
        throw new IllegalStateException("a proxy can not accept: " + listener, broken);
      }
    }
  }

  /// Makes a connection and drops it.
  void probe() {
    try (Socket caller = new Socket()) {
      caller.connect(listener.getLocalSocketAddress(), PROBE_TIMEOUT_MS);
    } catch (IOException refused) {
      // That was an answer, too.
    }
  }

  /// Resets every connection; returns how many there were.
  long reset() {
    List<Relay> open = List.copyOf(relays);
    open.forEach(Relay::reset);
    return open.size();
  }

  /// Makes every connection half-open; returns how many there were.
  long halfOpen() {
    List<Relay> open = List.copyOf(relays);
    open.forEach(Relay::halfOpen);
    return open.size();
  }

  /// Lets every connection swallow what it carries from now on; returns how many there were.
  long swallow() {
    List<Relay> open = List.copyOf(relays);
    open.forEach(Relay::swallow);
    return open.size();
  }

  /// Tells the near side of half-open connections that they are gone.
  void resetHalfOpen() {
    relays.stream().filter(Relay::isHalfOpen).forEach(Relay::reset);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    relays.forEach(Relay::close);
  }
}
