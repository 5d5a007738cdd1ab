package io.vxmeta.chaos.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The proxy one party reaches one port of another party through.
final class Link implements AutoCloseable {
  /* Threads: one virtual thread accepts; each connection is a `Relay`. Steering is thread-safe.
   * Invariants: a connection is in `relays` BEFORE it is asked whether it is refused, so a disturbance finds it there or it finds
   *   the disturbance. A link that can not accept for ACCEPT_TRIES_MAX times in a row is broken for good and says so to
   *   whoever steers: what is measured behind it proves nothing about a cluster. */

  /// Connections waiting to be accepted.
  private static final int BACKLOG = 128;

  private static final int PROBE_TIMEOUT_MS = 1_000;

  /// A second in all: the descriptors of a busy machine may be used up for a moment.
  private static final int ACCEPT_TRIES_MAX = 20;

  private static final long ACCEPT_PAUSE_MS = 50;

  private final ServerSocket listener;
  private final InetSocketAddress target;
  private final Gate forward;
  private final Gate backward;
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Optional<IOException> broken = Optional.empty();

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
    return on(listener, target, forward, backward);
  }

  /// Accepts from a listener that is bound.
  static Link on(ServerSocket listener, InetSocketAddress target, Gate forward, Gate backward) {
    Link link = new Link(listener, target, forward, backward);
    Thread.ofVirtual().name("link-" + listener.getLocalSocketAddress()).start(link::acceptAll);
    return link;
  }

  private void acceptAll() {
    try {
      for (int failures = 0; !listener.isClosed(); ) {
        try {
          accept();
          failures = 0;
        } catch (IOException failed) {
          failures++;
          if (failures == ACCEPT_TRIES_MAX && !listener.isClosed()) {
            broken = Optional.of(failed);
            listener.close();
          } else if (closed.await(ACCEPT_PAUSE_MS, TimeUnit.MILLISECONDS)) {
            return;
          }
        }
      }
    } catch (IOException | InterruptedException gone) {
      broken = Optional.of(new IOException("a proxy ended", gone));
    }
  }

  private void accept() throws IOException {
    Relay relay = new Relay(listener.accept(), forward, backward);
    relays.add(relay);
    if (forward.refuses()) {
      relay.reset();
      relays.remove(relay);
      return;
    }
    relay.start(target, () -> relays.remove(relay));
    if (listener.isClosed()) {
      relay.close();
    }
  }

  /// Fails when it can not accept any more.
  void requireSound() {
    broken.ifPresent(cause -> {
      throw new IllegalStateException(
          "a proxy can not accept and was closed: proxy=%s tries=%d; see the cause, and start the cluster anew"
              .formatted(listener, ACCEPT_TRIES_MAX),
          cause);
    });
  }

  /// Makes a connection and drops it, if the target would have taken one: the proxy itself takes
  /// calls for the dead, too, so a call that it holds back would prove nothing.
  void probe() {
    if (takes(target)) {
      boolean _ = takes((InetSocketAddress) listener.getLocalSocketAddress());
    }
  }

  private static boolean takes(InetSocketAddress address) {
    try (Socket caller = new Socket()) {
      caller.connect(address, PROBE_TIMEOUT_MS);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  /// Resets every connection; returns how many there were.
  long reset() {
    return List.copyOf(relays).stream().filter(Relay::reset).count();
  }

  /// Makes every connection half-open; returns how many there were.
  long halfOpen() {
    return List.copyOf(relays).stream().filter(Relay::halfOpen).count();
  }

  /// Lets every connection swallow what it carries from now on, and book it there.
  void swallow(Hindrance hole) {
    relays.forEach(relay -> relay.swallow(hole));
  }

  /// Tells the near side of half-open connections that they are gone.
  void tellHalfOpen() {
    relays.forEach(Relay::tellHalfOpen);
  }

  /// Connections that are not over.
  int relayed() {
    return relays.size();
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    listener.close();
    relays.forEach(Relay::close);
  }
}
