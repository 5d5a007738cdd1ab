package io.vxmeta.client.grpc;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Begins a channel's connection anew when it was taken and then not answered.
public final class ConnectWatch {
  /* Threads: gRPC tells of changes one at a time; the timer gives an attempt up.
   * Why: a channel is ready when the server's first words (HTTP/2 SETTINGS) have come, and gRPC waits for them without limit: its pings
   *   begin after them. A machine that dies in between, or a firewall that takes connections for a server that is gone, would
   *   hold the channel and all its calls for as long as TCP believes in the connection.
   * Where the attempt before has failed, the channel says TRANSIENT_FAILURE until one succeeds, whatever is going on below: so that
   *   state is left after the same time, too, and the next call begins anew.
   * An attempt that becomes ready in the moment in which it is given up is not lost: calls on it go on, later ones connect again.
   */

  /// Longer than a frozen or busy server is usual, shorter than most deadlines.
  private static final long ANSWER_WITHIN_MS = 5_000;

  private final ManagedChannel channel;
  private final ScheduledExecutorService timer;
  private final long answerWithinMs;

  private ConnectWatch(
      ManagedChannel channel, ScheduledExecutorService timer, long answerWithinMs) {
    this.channel = channel;
    this.timer = timer;
    this.answerWithinMs = answerWithinMs;
  }

  /// Watches the channel until it, or the timer, is shut down; returns it.
  public static ManagedChannel over(ManagedChannel channel, ScheduledExecutorService timer) {
    return over(channel, timer, ANSWER_WITHIN_MS);
  }

  static ManagedChannel over(
      ManagedChannel channel, ScheduledExecutorService timer, long answerWithinMs) {
    new ConnectWatch(channel, timer, answerWithinMs).onChange(null);
    return channel;
  }

  private void onChange(@Nullable Future<?> due) {
    if (due != null) {
      boolean unused = due.cancel(false);
    }
    ConnectivityState state = channel.getState(false);
    if (state == ConnectivityState.SHUTDOWN) {
      return;
    }
    boolean mayBeTrying =
        state == ConnectivityState.CONNECTING || state == ConnectivityState.TRANSIENT_FAILURE;
    Future<?> next = mayBeTrying ? giveUpLater() : null;
    channel.notifyWhenStateChanged(state, () -> onChange(next));
  }

  private @Nullable Future<?> giveUpLater() {
    try {
      return timer.schedule(channel::enterIdle, answerWithinMs, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closing) {
      return null;
    }
  }
}
