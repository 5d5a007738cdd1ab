package io.vxmeta.client;

import io.vxmeta.shardmap.Revision;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Compares and mutations on keys of one shard group, applied all or not at all.
///
/// All compares are evaluated before the first mutation. Keys with one hash tag (`{tag}`) share a
/// shard.
public record Transaction(String namespace, List<Compare> compares, List<Mutation> mutations) {

  /// A condition on one key.
  public sealed interface Compare {
    Bytes key();
  }

  /// The record exists and was last written at exactly this revision.
  public record VersionIs(Bytes key, Revision version) implements Compare {}

  /// There is such a record.
  public record Exists(Bytes key) implements Compare {}

  /// There is no such record.
  public record Absent(Bytes key) implements Compare {}

  /// A change to one key.
  public sealed interface Mutation {
    Bytes key();
  }

  /// Stores a value, new or instead of the old one.
  public record Put(Bytes key, Bytes value, int flags) implements Mutation {}

  /// Removes the record if it exists.
  public record Delete(Bytes key) implements Mutation {}

  /// Adds to a counter of 8 bytes, big-endian; an absent key counts as 0.
  public record Add(Bytes key, long delta) implements Mutation {}

  /// Throws IllegalArgumentException when a limit is broken.
  public Transaction {
    compares = List.copyOf(compares);
    mutations = List.copyOf(mutations);
    RequestLimits.checkNamespace(namespace);
    RequestLimits.checkCount("compares", RequestLimits.COMPARES_MAX, compares.size());
    RequestLimits.checkCount("mutations", RequestLimits.MUTATIONS_MAX, mutations.size());
    if (compares.isEmpty() && mutations.isEmpty()) {
      throw new IllegalArgumentException(
          "a transaction has at least one compare or mutation: namespace=" + namespace);
    }
    compares.forEach(compare -> RequestLimits.checkKey(compare.key()));
    mutations.forEach(Transaction::check);
    RequestLimits.checkCount(
        "bytes", RequestLimits.TRANSACTION_BYTES_MAX, bytes(compares, mutations));
  }

  private static void check(Mutation mutation) {
    RequestLimits.checkKey(mutation.key());
    if (mutation instanceof Put put) {
      RequestLimits.checkValue(put.key(), put.value());
    }
  }

  private static int bytes(List<Compare> compares, List<Mutation> mutations) {
    long bytes = 0;
    for (Compare compare : compares) {
      bytes += compare.key().length();
    }
    for (Mutation mutation : mutations) {
      bytes += mutation.key().length();
      bytes += mutation instanceof Put put ? put.value().length() : 0;
    }
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }

  /// Of keys and values together.
  public int bytes() {
    return bytes(compares, mutations);
  }

  /// Every key named, in order; a key may come more than once.
  Stream<Bytes> keys() {
    return Stream.concat(
        compares.stream().map(Compare::key), mutations.stream().map(Mutation::key));
  }

  /// The key whose shard routes the transaction.
  Bytes firstKey() {
    return compares.isEmpty() ? mutations.get(0).key() : compares.get(0).key();
  }

  /// A transaction to be filled; conditions begin with `if`.
  public static Builder in(String namespace) {
    return new Builder(namespace);
  }

  /// One put without conditions.
  public static Transaction put(String namespace, Bytes key, Bytes value) {
    return in(namespace).put(key, value).build();
  }

  /// Collects compares and mutations; the order of the mutations is the order they are applied in.
  public static final class Builder {
    private final String namespace;
    private final List<Compare> compares = new ArrayList<>();
    private final List<Mutation> mutations = new ArrayList<>();

    private Builder(String namespace) {
      this.namespace = namespace;
    }

    public Builder ifVersion(Bytes key, Revision version) {
      compares.add(new VersionIs(key, version));
      return this;
    }

    public Builder ifExists(Bytes key) {
      compares.add(new Exists(key));
      return this;
    }

    public Builder ifAbsent(Bytes key) {
      compares.add(new Absent(key));
      return this;
    }

    public Builder put(Bytes key, Bytes value) {
      return put(key, value, 0);
    }

    /// `flags` are the caller's own 32 bits, stored as given.
    public Builder put(Bytes key, Bytes value, int flags) {
      mutations.add(new Put(key, value, flags));
      return this;
    }

    public Builder delete(Bytes key) {
      mutations.add(new Delete(key));
      return this;
    }

    public Builder add(Bytes key, long delta) {
      mutations.add(new Add(key, delta));
      return this;
    }

    /// Throws IllegalArgumentException when a limit is broken.
    public Transaction build() {
      return new Transaction(namespace, compares, mutations);
    }
  }
}
