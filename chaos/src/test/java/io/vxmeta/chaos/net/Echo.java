package io.vxmeta.chaos.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/// Answers each byte with itself, many callers at a time.
final class Echo implements AutoCloseable {
  private static final int BACKLOG = 16;

  private final ServerSocket listener;
  private final BlockingQueue<Socket> calls = new LinkedBlockingQueue<>();
  private final CompletableFuture<Void> serving;

  Echo() throws IOException {
    this.listener = new ServerSocket(0, BACKLOG, InetAddress.ofLiteral("127.0.0.1"));
    this.serving = CompletableFuture.runAsync(this::serve, Thread.ofVirtual()::start);
  }

  int port() {
    return listener.getLocalPort();
  }

  InetSocketAddress address() {
    return new InetSocketAddress(listener.getInetAddress(), port());
  }

  /// The echo's side of the next call that it took.
  Socket nextCall() throws InterruptedException {
    return calls.take();
  }

  private void serve() {
    while (!listener.isClosed()) {
      try {
        Socket call = listener.accept();
        calls.add(call);
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

  /// Nobody listens at the port when this returns: the one who waits in `accept` keeps it open
  /// until he is gone, and takes calls for so long.
  @Override
  public void close() throws IOException {
    listener.close();
    serving.join();
  }
}
