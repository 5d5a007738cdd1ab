package io.vxmeta.raft;

import io.grpc.HandlerRegistry;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.vxmeta.raft.peer.PeerService;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// The port for the other nodes: open from early on, with a service that grows while the node
/// starts.
final class PeerServer implements AutoCloseable {
  private final Newest services = new Newest();
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
    services.current = ServerInterceptors.intercept(service, interceptors);
  }

  /// Finds a call's method in the service of the moment.
  private static final class Newest extends HandlerRegistry {
    private volatile @Nullable ServerServiceDefinition current;

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
        String methodName, @Nullable String authority) {
      ServerServiceDefinition service = current;
      return service == null ? null : service.getMethod(methodName);
    }
  }

  /// Peers' streams have no end of their own, and losing one costs them nothing.
  @Override
  public void close() {
    server.shutdownNow();
  }
}
