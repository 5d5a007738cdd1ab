package io.vxmeta.raft;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.vxmeta.shardmap.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/// gRPC servers and channels as a node wants them: limits, keep-alive, TLS.
final class Transport {
  /// A request carries at most one transaction or one multi-get; a scan page is as large.
  static final int MESSAGE_BYTES_MAX = 4 << 20;

  private static final long KEEP_ALIVE_SECONDS = 10;
  private static final long KEEP_ALIVE_TIMEOUT_SECONDS = 5;

  private Transport() {}

  static NettyServerBuilder server(NodeConfig config, Endpoint at, Executor executor) {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(at.host(), at.port()))
            .executor(executor)
            .maxInboundMessageSize(MESSAGE_BYTES_MAX)
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true);
    config
        .tls()
        .ifPresent(tls -> {
          try {
            builder.sslContext(
                GrpcSslContexts.forServer(tls.certificate().toFile(), tls.key().toFile())
                    .trustManager(tls.authority().toFile())
                    .clientAuth(ClientAuth.REQUIRE)
                    .build());
          } catch (SSLException | IllegalArgumentException e) {
            throw new NodeConfig.ConfigInvalid(
                "tls",
                "PEM files of a certificate, its key and an authority (" + e + ")",
                tls.toString());
          }
        });
    return builder;
  }

  /// Who calls over it calls again by itself; gRPC's own retries would keep each message of a
  /// stream for that.
  static ManagedChannel peerChannel(NodeConfig config, Endpoint to) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(to.host(), to.port())
            .maxInboundMessageSize(MESSAGE_BYTES_MAX)
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .directExecutor()
            .disableRetry();
    if (config.tls().isEmpty()) {
      return builder.usePlaintext().build();
    }
    NodeConfig.Tls tls = config.tls().get();
    try {
      return builder
          .sslContext(
              GrpcSslContexts.forClient()
                  .keyManager(tls.certificate().toFile(), tls.key().toFile())
                  .trustManager(tls.authority().toFile())
                  .build())
          .build();
    } catch (IOException | IllegalArgumentException e) {
      throw new NodeConfig.ConfigInvalid(
          "tls",
          "PEM files of a certificate, its key and an authority (" + e + ")",
          tls.toString());
    }
  }
}
