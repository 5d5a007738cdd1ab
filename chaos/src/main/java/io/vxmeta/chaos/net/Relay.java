package io.vxmeta.chaos.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicBoolean;

/// One proxied connection: a lane in each direction, each with its gate.
final class Relay {
  /* Threads: one makes the connection and waits for its end, two work in each lane; all are virtual, and all have ended when
   *   `whenOver` is called. Any thread steers.
   * Invariants: whatever one side lets the other hear passes the gate of its lane, in order: bytes, its end, its reset, and that
   *   it is not there. So who dies while he is cut off is heard dying when the cut is healed, as on a real network. One
   *   thing is not as there: a call is taken before it has passed the gate, so the caller believes that he is connected.
   *   The relay is over when both ends were heard, when a reset was heard, or when the harness says so. What the harness does
   *   passes no gate: it stands where the cables are. A relay whose sides have died lives on until a gate lets that be heard.
   *   One that swallows lets nothing be heard any more, and is over when both sides have ended. */

  private static final int CONNECT_TIMEOUT_MS = 5_000;

  private final Socket source;
  private final Socket target = new Socket();
  private final Gate forward;
  private final Lane there;
  private final Lane back;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();

  /// The thread that waits for the end, and those in the lanes; waiting for it minds no interrupt.
  private final Phaser atWork = new Phaser(1);

  /// The far side is gone and the near side is not to notice before it has been let through.
  private volatile boolean isHalfOpen;

  /// Those to whom it is booked that neither side hears the other any more, not even its end.
  private final List<Hindrance> holes = new CopyOnWriteArrayList<>();

  Relay(Socket source, Gate forward, Gate backward) {
    this.source = source;
    this.forward = forward;
    this.there = new Lane(this, source, target, forward);
    this.back = new Lane(this, target, source, backward);
  }

  /// Connects and relays until it is over; returns at once.
  void start(InetSocketAddress targetAddress, Runnable whenOver) {
    begin("relay", () -> run(targetAddress, whenOver));
  }

  private void run(InetSocketAddress targetAddress, Runnable whenOver) {
    try {
      forward.pass(System.nanoTime(), 0);
      if (connect(targetAddress)) {
        spawn("relay-in", back::read);
      } else {
        back.say(Lane.Kind.RESET);
      }
      spawn("relay-out", back::write);
      spawn("relay-in", there::read);
      spawn("relay-out", there::write);
      there.awaitEnd();
      back.awaitEnd();
    } catch (InterruptedException over) {
      // By close(); the rest is the same.
    } finally {
      close();
      int _ = atWork.arriveAndAwaitAdvance();
      whenOver.run();
    }
  }

  private boolean connect(InetSocketAddress targetAddress) {
    try {
      target.connect(targetAddress, CONNECT_TIMEOUT_MS);
      source.setTcpNoDelay(true);
      target.setTcpNoDelay(true);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  /// Lets a thread of a lane work.
  private void spawn(String name, Runnable work) {
    int _ = atWork.register();
    begin(
        name,
        () -> {
          try {
            work.run();
          } finally {
            int _ = atWork.arriveAndDeregister();
          }
        });
  }

  /// One that is begun while the relay closes is interrupted all the same.
  private void begin(String name, Runnable work) {
    Thread thread = Thread.ofVirtual().name(name).unstarted(work);
    threads.add(thread);
    thread.start();
    if (closed.get()) {
      thread.interrupt();
    }
  }

  /// The side that this lane leads to answers what it is told with a reset.
  void isGoneBehind(Lane lane) throws InterruptedException {
    if (lane == back) {
      there.say(Lane.Kind.RESET);
      return;
    }
    if (isHalfOpen) {
      // What was through the gate BEFORE the far side forgot is not answered.
      forward.pass(System.nanoTime(), 0);
    }
    back.say(Lane.Kind.RESET);
  }

  /// That side sees the connection reset, and with that it is over.
  void resetTo(Socket side) {
    resetOnClose(side);
    close();
  }

  /// Both sides see the connection reset; false when it was over already.
  boolean reset() {
    resetOnClose(source);
    resetOnClose(target);
    return close();
  }

  /// The far side sees the connection closed; the near side is told by a reset when its bytes reach
  /// the far side again, or by `tellHalfOpen`. Its gates must hold BEFORE. False when there was no
  /// connection.
  boolean halfOpen() {
    if (isHalfOpen || closed.get() || !target.isConnected()) {
      return false;
    }
    isHalfOpen = true;
    closeQuietly(target);
    return true;
  }

  /// Whether we have closed that side ourselves and the other is not to notice.
  boolean forgot(Socket side) {
    return isHalfOpen && side.equals(target);
  }

  /// The near side of a half-open connection hears that it is gone, through the gate.
  void tellHalfOpen() {
    if (isHalfOpen) {
      back.say(Lane.Kind.RESET);
    }
  }

  /// Drops what is said from now on, and what is under way; on a connection that is still being
  /// made, all of it. The bytes are booked to the hindrance.
  void swallow(Hindrance hole) {
    holes.add(hole);
  }

  /// Whether what comes out of a lane is dropped.
  boolean swallows(int bytes) {
    holes.forEach(hole -> hole.count(bytes));
    return !holes.isEmpty();
  }

  /// Ends it without a word through the lanes; false when it was over already.
  boolean close() {
    if (!closed.compareAndSet(false, true)) {
      return false;
    }
    closeQuietly(source);
    closeQuietly(target);
    threads.forEach(Thread::interrupt);
    return true;
  }

  private static void resetOnClose(Socket socket) {
    try {
      socket.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException alreadyClosed) {
      // A closed socket has nothing left to reset.
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException alreadyBroken) {
      // Closing is all we wanted.
    }
  }
}
