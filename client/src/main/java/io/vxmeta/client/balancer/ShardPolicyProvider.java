package io.vxmeta.client.balancer;

import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerProvider;
import io.grpc.NameResolver.ConfigOrError;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/// Makes gRPC know the policy `vxmeta_shard`; gRPC finds it by itself.
public final class ShardPolicyProvider extends LoadBalancerProvider {

  public static final String POLICY = "vxmeta_shard";

  /// In the policy's config: the zone whose replicas are near.
  static final String ZONE = "zone";

  /// gRPC's own policies have it, too; there is no other of this name.
  private static final int PRIORITY = 5;

  @Override
  public boolean isAvailable() {
    return true;
  }

  @Override
  public int getPriority() {
    return PRIORITY;
  }

  @Override
  public String getPolicyName() {
    return POLICY;
  }

  @Override
  public LoadBalancer newLoadBalancer(LoadBalancer.Helper helper) {
    return new ShardPolicy(helper, new Random(), () -> ThreadLocalRandom.current().nextInt());
  }

  @Override
  public ConfigOrError parseLoadBalancingPolicyConfig(Map<String, ?> config) {
    return ConfigOrError.fromConfig(
        config.get(ZONE) instanceof String zone
            ? new ShardPolicy.Settings(zone)
            : ShardPolicy.Settings.DEFAULTS);
  }
}
