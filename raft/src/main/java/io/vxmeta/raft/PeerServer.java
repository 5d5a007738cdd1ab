package io.vxmeta.raft;

import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.util.MutableHandlerRegistry;
import io.vxmeta.raft.peer.PeerService;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;

/// The port for the other nodes: open from early on, with a service that grows while the node
/// starts.
final class PeerServer implements AutoCloseable {
  private final MutableHandlerRegistry services = new MutableHandlerRegistry();
  private final List<ServerInterceptor> interceptors;
  private final Server server;

  PeerServer(NodeConfig config, Executor work, List<ServerInterceptor> interceptors)
      throws IOException {
    this.interceptors = interceptors;
    this.server =
        Transport.server(config, config.listen().peer(), work)
            .fallbackHandlerRegistry(services)
            .build()
            .start();
  }

  /// Serves new calls from now on; those under way end with the service they began with.
  void serve(PeerService service) {
    var _ = services.addService(ServerInterceptors.intercept(service, interceptors));
  }

  /// Peers' streams have no end of their own, and losing one costs them nothing.
  @Override
  public void close() {
    server.shutdownNow();
  }
}
