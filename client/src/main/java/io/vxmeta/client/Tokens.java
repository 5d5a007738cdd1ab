package io.vxmeta.client;

import io.vxmeta.client.grpc.ErrorReason;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.Token;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;

/// The newest token seen of each shard group: hand it to later reads and they see at least as much.
///
/// Any thread may observe and read; a token is never replaced by an older one.
public final class Tokens {

  private final ConcurrentMap<ShardGroupId, Token> newest = new ConcurrentHashMap<>();

  public void observe(Token token) {
    newest.merge(token.group(), token, Tokens::newer);
  }

  public void observe(Freshness freshness) {
    observe(freshness.token());
  }

  public void observe(WriteAnswer answer) {
    observe(answer.freshness());
  }

  public void observe(ReadAnswer answer) {
    answer.freshness().forEach(this::observe);
  }

  private static Token newer(Token one, Token other) {
    if (!one.clusterId().equals(other.clusterId())) {
      return other;
    }
    return other.revision().covers(one.revision())
        ? other.since(one.mapEpoch())
        : one.since(other.mapEpoch());
  }

  public Optional<Token> of(ShardGroupId group) {
    return Optional.ofNullable(newest.get(group));
  }

  /// What a read of that group's keys has to cover, with the newest epoch of all: a token of
  /// another group may be of the same shard, which an older map did not have there yet.
  Token asked(String clusterId, ShardGroupId group) {
    return of(group)
        .orElse(new Token(clusterId, group, Revision.ZERO, Epoch.NONE))
        .since(newestEpoch());
  }

  /// Of the maps that the makers of all tokens went by.
  Epoch newestEpoch() {
    return newest.values().stream()
        .map(Token::mapEpoch)
        .max(Comparator.naturalOrder())
        .orElse(Epoch.NONE);
  }

  /// Whether all are of the cluster, and one of another group than this one.
  boolean speakOfOthersThan(ShardGroupId group, String clusterId) {
    return newest.values().stream().allMatch(token -> token.clusterId().equals(clusterId))
        && newest.keySet().stream().anyMatch(other -> !other.equals(group));
  }

  public Collection<Token> all() {
    return List.copyOf(newest.values());
  }

  /// Throws [CallFailed] when a token is of another cluster: it says nothing about this one.
  void checkCluster(String clusterId) {
    for (Token token : newest.values()) {
      if (!token.clusterId().equals(clusterId)) {
        throw new CallFailed(
            ErrorReason.FOREIGN_TOKEN.name(),
            "a token is of the cluster that is read: cluster="
                + clusterId
                + " token="
                + token
                + "; this is another cluster, or one restored from a backup, which may hold less: drop the token",
            Map.of("cluster_id", clusterId, "token_cluster_id", token.clusterId()));
      }
    }
  }

  /// Reads the form that [#toString] prints: tokens separated by commas.
  public static Tokens parse(String text) {
    Tokens tokens = new Tokens();
    Arrays.stream(text.split(","))
        .map(String::strip)
        .filter(token -> !token.isEmpty())
        .map(Token::parse)
        .forEach(tokens::observe);
    return tokens;
  }

  @Override
  public String toString() {
    return newest.values().stream().map(Token::toString).sorted().collect(Collectors.joining(","));
  }
}
