package io.vxmeta.client.grpc;

import io.grpc.Metadata;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.ShardId;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The headers of a data call: which shard it is for, and which shard map its caller believes in.
public final class CallHeaders {

  /// Decimal shard of the call's first key. Mandatory on data calls.
  public static final Metadata.Key<String> SHARD = ascii("x-vx-meta-shard");

  /// Decimal epoch of the caller's shard map. Optional; a caller without a map sends none.
  public static final Metadata.Key<String> MAP_EPOCH = ascii("x-vx-meta-map-epoch");

  private CallHeaders() {}

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /// The headers of a call for one shard by a caller with a map of this epoch.
  public static Metadata of(ShardId shard, Epoch epoch) {
    Metadata headers = new Metadata();
    headers.put(SHARD, Integer.toString(shard.value()));
    headers.put(MAP_EPOCH, Long.toString(epoch.value()));
    return headers;
  }

  /// The shard named by the headers; empty without the header or when it is not the number of a
  /// data shard.
  public static Optional<ShardId> shard(Metadata headers) {
    return number(headers.get(SHARD), ShardId.COUNT - 1)
        .map(shard -> new ShardId(shard.intValue()));
  }

  /// The epoch named by the headers; empty without the header or when it is not a number.
  public static Optional<Epoch> mapEpoch(Metadata headers) {
    return number(headers.get(MAP_EPOCH), Long.MAX_VALUE).map(Epoch::new);
  }

  private static Optional<Long> number(@Nullable String text, long max) {
    if (text == null || text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    try {
      long value = Long.parseLong(text);
      return value <= max ? Optional.of(value) : Optional.empty();
    } catch (NumberFormatException tooLong) {
      return Optional.empty();
    }
  }
}
