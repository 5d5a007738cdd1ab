package io.vxmeta.raft.api;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.statemachine.batch.Limits;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What the writes under way of one connection hold, whatever their calls, streams and groups.
public final class ConnectionShare {
  /* Threads: any. A write takes its bytes BEFORE it is submitted and gives them back when it has ended. What does not fit is
   * refused at once; a stream asks for less before it comes to that (WriteStreamCall).
   */

  /// Half of what a group has room for.
  static final long BYTES_MAX = 8L << 20;

  static final Attributes.Key<ConnectionShare> KEY = Attributes.Key.create("vx-meta-share");

  static {
    if (BYTES_MAX < Limits.TRANSACTION_BYTES_MAX) {
      throw new AssertionError("the largest transaction must fit into a connection's share");
    }
  }

  private final AtomicLong bytes = new AtomicLong();
  private final @Nullable SocketAddress peer;

  /// Of a connection from an unknown place.
  ConnectionShare() {
    this(null);
  }

  private ConnectionShare(@Nullable SocketAddress peer) {
    this.peer = peer;
  }

  /// Gives every connection its share.
  public static final class Filter extends ServerTransportFilter {
    @Override
    public Attributes transportReady(Attributes attributes) {
      return attributes.toBuilder()
          .set(KEY, new ConnectionShare(attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)))
          .build();
    }
  }

  /// Takes room for a write; refuses it if there is none.
  void take(int wanted) {
    if (bytes.addAndGet(wanted) > BYTES_MAX) {
      bytes.addAndGet(-wanted);
      throw Refusal.of(
          ErrorReason.OVERLOADED,
          "expected at most "
              + BYTES_MAX
              + " bytes of writes under way on one connection; bytes="
              + wanted
              + "; wait for answers, or send fewer at once",
          "limit",
          BYTES_MAX,
          "retry_after_ms",
          Refusal.RETRY_AFTER_MS);
    }
  }

  /// The caller's address.
  String peer() {
    return peer == null ? "unknown" : peer.toString();
  }

  void giveBack(int taken) {
    bytes.addAndGet(-taken);
  }
}
