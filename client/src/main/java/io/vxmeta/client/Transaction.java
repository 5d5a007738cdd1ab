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

  /// The record exists and its value has this SHA-256.
  public record ValueIs(Bytes key, Bytes sha256) implements Compare {
    public ValueIs {
      if (sha256.length() != 32) {
        throw new IllegalArgumentException("a SHA-256 is 32 bytes: bytes=" + sha256.length());
      }
    }
  }

  /// A change to one key.
  public sealed interface Mutation {
    Bytes key();
  }

  /// Stores a value, new or instead of the old one.
  public record Put(Bytes key, Bytes value, int flags, Lifetime lifetime) implements Mutation {}

  /// Removes the record if it exists.
  public record Delete(Bytes key) implements Mutation {}

  /// Adds to a counter of 8 bytes, big-endian; an absent key counts as 0.
  public record Add(Bytes key, long delta) implements Mutation {}

  /// Raises a counter to `number` if it is lower or absent.
  public record Max(Bytes key, long number) implements Mutation {}

  /// Lowers a counter to `number` if it is higher or absent.
  public record Min(Bytes key, long number) implements Mutation {}

  /// Stores a value with the time of its event, unless the record's event is of that time or later;
  /// [TypedValue#stamped] reads it.
  public record PutIfNewer(Bytes key, long eventTime, Bytes value, int flags, Lifetime lifetime)
      implements Mutation {}

  /// Adds members to a set; [TypedValue#members] reads it.
  public record SetAdd(Bytes key, List<Bytes> members) implements Mutation {
    public SetAdd {
      members = List.copyOf(members);
      checkMembers(key, members);
    }
  }

  /// Takes members out of a set; the last one leaves an empty set.
  public record SetRemove(Bytes key, List<Bytes> members) implements Mutation {
    public SetRemove {
      members = List.copyOf(members);
      checkMembers(key, members);
    }
  }

  /// Adds intervals to a union of intervals; [TypedValue#intervals] reads it.
  public record IntervalsAdd(Bytes key, List<Interval> intervals) implements Mutation {
    public IntervalsAdd {
      intervals = List.copyOf(intervals);
      RequestLimits.checkCollection(key, intervals.size(), 2 + 16L * intervals.size());
    }
  }

  /// The numbers n with from <= n < to.
  public record Interval(long from, long to) {
    public Interval {
      if (from >= to) {
        throw new IllegalArgumentException(
            "an interval begins before it ends: from=" + from + " to=" + to);
      }
    }
  }

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
        "compares by value",
        RequestLimits.VALUE_COMPARES_MAX,
        (int) compares.stream().filter(compare -> compare instanceof ValueIs).count());
    RequestLimits.checkCount(
        "mutations of sets and intervals",
        RequestLimits.COLLECTION_MUTATIONS_MAX,
        (int) mutations.stream().filter(Transaction::ofCollection).count());
    RequestLimits.checkCount(
        "bytes", RequestLimits.TRANSACTION_BYTES_MAX, bytes(compares, mutations));
  }

  private static void check(Mutation mutation) {
    RequestLimits.checkKey(mutation.key());
    if (mutation instanceof Put put) {
      RequestLimits.checkValue(put.key(), put.value(), RequestLimits.VALUE_BYTES_MAX);
    } else if (mutation instanceof PutIfNewer put) {
      RequestLimits.checkValue(put.key(), put.value(), RequestLimits.STAMPED_VALUE_BYTES_MAX);
    }
  }

  private static void checkMembers(Bytes key, List<Bytes> members) {
    members.forEach(member -> RequestLimits.checkMember(key, member));
    RequestLimits.checkCollection(key, members.size(), 2 + bytes(members));
  }

  /// Of members with their lengths.
  private static long bytes(List<Bytes> members) {
    return members.stream().mapToLong(member -> 2L + member.length()).sum();
  }

  private static boolean ofCollection(Mutation mutation) {
    return mutation instanceof SetAdd
        || mutation instanceof SetRemove
        || mutation instanceof IntervalsAdd;
  }

  private static long operandBytes(Mutation mutation) {
    if (mutation instanceof Put put) {
      return put.value().length();
    } else if (mutation instanceof PutIfNewer put) {
      return put.value().length() + 10L;
    } else if (mutation instanceof SetAdd add) {
      return bytes(add.members());
    } else if (mutation instanceof SetRemove remove) {
      return bytes(remove.members());
    } else if (mutation instanceof IntervalsAdd add) {
      return 16L * add.intervals().size();
    }
    return 0;
  }

  private static int bytes(List<Compare> compares, List<Mutation> mutations) {
    long bytes = 0;
    for (Compare compare : compares) {
      bytes += compare.key().length();
    }
    for (Mutation mutation : mutations) {
      bytes += mutation.key().length();
      bytes += operandBytes(mutation);
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

    /// The record exists and has this value: its SHA-256 is compared.
    public Builder ifValue(Bytes key, Bytes value) {
      compares.add(new ValueIs(key, value.sha256()));
      return this;
    }

    public Builder put(Bytes key, Bytes value) {
      return put(key, value, 0);
    }

    /// `flags` are the caller's own 32 bits, stored as given.
    public Builder put(Bytes key, Bytes value, int flags) {
      return put(key, value, flags, Lifetime.FOREVER);
    }

    public Builder put(Bytes key, Bytes value, Lifetime lifetime) {
      return put(key, value, 0, lifetime);
    }

    public Builder put(Bytes key, Bytes value, int flags, Lifetime lifetime) {
      return mutate(new Put(key, value, flags, lifetime));
    }

    public Builder putIfNewer(Bytes key, long eventTime, Bytes value) {
      return mutate(new PutIfNewer(key, eventTime, value, 0, Lifetime.FOREVER));
    }

    public Builder max(Bytes key, long number) {
      return mutate(new Max(key, number));
    }

    public Builder min(Bytes key, long number) {
      return mutate(new Min(key, number));
    }

    public Builder setAdd(Bytes key, List<Bytes> members) {
      return mutate(new SetAdd(key, members));
    }

    public Builder setRemove(Bytes key, List<Bytes> members) {
      return mutate(new SetRemove(key, members));
    }

    public Builder intervalsAdd(Bytes key, List<Interval> intervals) {
      return mutate(new IntervalsAdd(key, intervals));
    }

    /// Any mutation.
    public Builder mutate(Mutation mutation) {
      mutations.add(mutation);
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
