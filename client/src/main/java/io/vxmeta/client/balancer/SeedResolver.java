package io.vxmeta.client.balancer;

import io.grpc.NameResolver;
import io.grpc.StatusOr;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.shardmap.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Turns a target's endpoints into addresses, and tells gRPC to balance by shards and to try again
/// what may be tried again.
final class SeedResolver extends NameResolver {
  /* Threads: the channel's synchronization context; names are looked up on its executor.
   * Why the shard map is not fetched here: a resolver has not the channel's credentials, a policy has.
   *
   * What is tried again inside gRPC: reads and writes that ended with UNAVAILABLE (no leader, another leader, a node that went
   * away) or FAILED_PRECONDITION (another map). Each attempt is picked anew, with what the last one told. For writes it is safe:
   * an attempt repeats the request, and with it the producer's sequence, so it is applied once. */

  /// gRPC allows no more, unless a channel is told to.
  private static final double ATTEMPTS_MAX = 5;

  private static final Map<String, ?> AGAIN =
      Map.of(
          "maxAttempts",
          ATTEMPTS_MAX,
          "initialBackoff",
          "0.02s",
          "maxBackoff",
          "1s",
          "backoffMultiplier",
          4.0,
          "retryableStatusCodes",
          List.of("UNAVAILABLE", "FAILED_PRECONDITION"));

  private final List<Endpoint> seeds;
  private final String zone;
  private final Args args;
  private @Nullable Listener2 listener;

  SeedResolver(List<Endpoint> seeds, String zone, Args args) {
    this.seeds = seeds;
    this.zone = zone;
    this.args = args;
  }

  @Override
  public String getServiceAuthority() {
    return seeds.get(0).toString();
  }

  @Override
  public void start(Listener2 newListener) {
    listener = newListener;
    refresh();
  }

  @Override
  public void refresh() {
    Objects.requireNonNull(args.getOffloadExecutor()).execute(this::resolve);
  }

  private void resolve() {
    ResolutionResult result =
        ResolutionResult.newBuilder()
            .setAddressesOrError(
                StatusOr.fromValue(seeds.stream().map(MapSource::address).toList()))
            .setServiceConfig(args.getServiceConfigParser().parseServiceConfig(serviceConfig()))
            .build();
    args.getSynchronizationContext()
        .execute(() -> {
          Listener2 current = listener;
          if (current != null) {
            var unused = current.onResult2(result);
          }
        });
  }

  private Map<String, ?> serviceConfig() {
    Map<String, ?> policy =
        Map.of(ShardPolicyProvider.POLICY, Map.of(ShardPolicyProvider.ZONE, zone));
    Map<String, ?> calls =
        Map.of("name", List.of(name("Read"), name("Write")), "retryPolicy", AGAIN);
    return Map.of("loadBalancingConfig", List.of(policy), "methodConfig", List.of(calls));
  }

  private static Map<String, ?> name(String method) {
    return Map.of("service", MetadataStoreGrpc.SERVICE_NAME, "method", method);
  }

  @Override
  public void shutdown() {
    listener = null;
  }
}
