package io.vxmeta.client.balancer;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.vxmeta.shardmap.Endpoint;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes gRPC know targets `vxmeta:///host:port,host:port?zone=z`; gRPC finds it by itself.
///
/// Any nodes of the cluster will do, the shard map names the rest.
public final class SeedResolverProvider extends NameResolverProvider {

  public static final String SCHEME = "vxmeta";

  private static final String ZONE_QUERY = "zone=";

  /// The lowest: the scheme of the provider with the highest is that of every target in the process
  /// which names none, such as `127.0.0.1:7401`.
  private static final int PRIORITY = 0;

  @Override
  protected boolean isAvailable() {
    return true;
  }

  @Override
  protected int priority() {
    return PRIORITY;
  }

  @Override
  public String getDefaultScheme() {
    return SCHEME;
  }

  /// Throws IllegalArgumentException when the target is of this scheme and names no endpoints.
  @Override
  public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
    if (!SCHEME.equals(target.getScheme())) {
      return null;
    }
    return new SeedResolver(seeds(target), zone(target), args);
  }

  private static List<Endpoint> seeds(URI target) {
    String path = target.getPath() == null ? "" : target.getPath();
    List<Endpoint> seeds =
        Arrays.stream(path.replaceFirst("^/", "").split(","))
            .map(String::strip)
            .filter(text -> !text.isEmpty())
            .map(Endpoint::parse)
            .toList();
    if (seeds.isEmpty()) {
      throw new IllegalArgumentException(
          "a target names nodes: vxmeta:///host:port,host:port: target=" + target);
    }
    return seeds;
  }

  private static String zone(URI target) {
    String query = target.getQuery() == null ? "" : target.getQuery();
    return Arrays.stream(query.split("&"))
        .filter(part -> part.startsWith(ZONE_QUERY))
        .map(part -> part.substring(ZONE_QUERY.length()))
        .findFirst()
        .orElse("");
  }
}
