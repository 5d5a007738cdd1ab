package io.vxmeta.client.balancer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import org.junit.jupiter.api.Test;

/// What our resolver is to a process that also speaks gRPC to others.
final class SeedResolverProviderTest {
  private final NameResolverRegistry registry = NameResolverRegistry.getDefaultRegistry();

  @Test
  void grpcFindsItByTheSchemeOfItsTargets() {
    NameResolverProvider found = registry.getProviderForScheme(SeedResolverProvider.SCHEME);
    assertInstanceOf(SeedResolverProvider.class, found);
  }

  /// Else a stub of `127.0.0.1:7401` would be routed by shard to whichever node leads.
  @Test
  void targetsWithoutASchemeStayWhatTheyAre() {
    assertEquals("dns", registry.getDefaultScheme());
  }
}
