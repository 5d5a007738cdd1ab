package io.vxmeta.client.grpc;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.vxmeta.shardmap.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/// The client's connections: one per endpoint, made when first used.
public final class Channels implements AutoCloseable {
  /* Threads: any. Java's own sockets rather than the native ones: no library to unpack at start, and the native
   * transport wins nothing at a client's connection counts. */

  /// Of one answer: 1,024 records would not fit whatever we chose; a read that breaks this asks for
  /// fewer keys.
  public static final int ANSWER_BYTES_MAX = 64 << 20;

  /// Per stream; large multi-gets and scans would otherwise wait for window updates.
  private static final int FLOW_WINDOW_BYTES = 4 << 20;

  /// A connection with calls that has been silent for so long is asked whether it lives, and
  /// dropped when it does not say so: a partition would otherwise hold its calls as long as TCP
  /// retransmits.
  private static final long PING_AFTER_MS = 5_000;

  private static final long PING_WITHIN_MS = 3_000;

  /// For each channel to say goodbye; a dead peer is not waited for any longer.
  private static final long CLOSE_MS = 500;

  private final Map<Endpoint, ManagedChannel> open = new ConcurrentHashMap<>();
  private final EventLoopGroup eventLoops;
  private final ChannelCredentials credentials;
  private final Executor callbacks;

  /// Certificates for TLS: the authority to trust, and the client's own pair where servers ask for
  /// it.
  public record TlsFiles(Path authority, Optional<Path> certificate, Optional<Path> key) {}

  /// `callbacks` runs whatever answers trigger; `tls` empty means plaintext.
  public Channels(
      int eventLoopThreads, ThreadFactory threads, Executor callbacks, Optional<TlsFiles> tls)
      throws IOException {
    this.eventLoops =
        new MultiThreadIoEventLoopGroup(eventLoopThreads, threads, NioIoHandler.newFactory());
    this.callbacks = callbacks;
    this.credentials = tls.isPresent() ? secure(tls.get()) : InsecureChannelCredentials.create();
  }

  private static ChannelCredentials secure(TlsFiles files) throws IOException {
    TlsChannelCredentials.Builder builder =
        TlsChannelCredentials.newBuilder().trustManager(files.authority().toFile());
    if (files.certificate().isPresent() && files.key().isPresent()) {
      builder.keyManager(files.certificate().get().toFile(), files.key().get().toFile());
    }
    return builder.build();
  }

  public ManagedChannel to(Endpoint endpoint) {
    return open.computeIfAbsent(endpoint, this::connect);
  }

  private ManagedChannel connect(Endpoint endpoint) {
    return ConnectWatch.over(channel(endpoint), eventLoops);
  }

  private ManagedChannel channel(Endpoint endpoint) {
    return NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port(), credentials)
        .eventLoopGroup(eventLoops)
        .channelType(NioSocketChannel.class)
        .executor(callbacks)
        .proxyDetector(target -> null)
        .keepAliveTime(PING_AFTER_MS, TimeUnit.MILLISECONDS)
        .keepAliveTimeout(PING_WITHIN_MS, TimeUnit.MILLISECONDS)
        .disableRetry()
        .disableServiceConfigLookUp()
        .flowControlWindow(FLOW_WINDOW_BYTES)
        .maxInboundMessageSize(ANSWER_BYTES_MAX)
        .build();
  }

  /// Makes the next call to the endpoint connect at once rather than after gRPC's own growing
  /// pause.
  public void retryNow(Endpoint endpoint) {
    ManagedChannel channel = open.get(endpoint);
    if (channel != null) {
      channel.resetConnectBackoff();
    }
  }

  /// Ends all calls, and waits a moment for their last callbacks.
  @Override
  public void close() {
    open.values().forEach(ManagedChannel::shutdownNow);
    try {
      for (ManagedChannel channel : open.values()) {
        boolean unused = channel.awaitTermination(CLOSE_MS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    Future<?> unused = eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
