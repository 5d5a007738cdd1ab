package io.vxmeta.client.cli;

import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.VxClient;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/// Opens a client for each configuration once, and lends it to whoever asks again.
final class KeptClients implements AutoCloseable {
  /* Threads: one; a shell runs one line after the other. */

  /// Who names another cluster, or another time-out, on every line has a client of each line.
  static final int KEPT_MAX = 8;

  private final Function<ClientConfig, VxClient> open;
  private final Map<ClientConfig, VxClient> kept = new HashMap<>();

  KeptClients(Function<ClientConfig, VxClient> open) {
    this.open = open;
  }

  VxClient client(ClientConfig config) {
    if (kept.size() >= KEPT_MAX && !kept.containsKey(config)) {
      return open.apply(config);
    }
    return kept.computeIfAbsent(config, open).lent();
  }

  @Override
  public void close() {
    kept.values().forEach(VxClient::close);
  }
}
