package io.vxmeta.client;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vxmeta.client.KnownRecord.Proof;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.shardmap.Token;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Records in the client's own memory, for reads whose contract they can prove to keep: within a
/// bound of staleness, or at least a token.
final class NearCache {
  /* Threads: any. Entries change only under the lock of their key's stripe, which is held for moments; looking up takes no lock.
   *
   * Why an answer from here is never weaker than one from a server: an entry says what a key was at a revision, and that this
   * revision held all that was acknowledged before `sent - staleness`, both by this machine's clocks. A read of BOUNDED(d) gets
   * it while now - (sent - staleness) <= d, one of AT_LEAST when its revision covers the token. Keys of one group come from
   * here together or not at all, and only when they are known to be one state (KnownRecord). LINEARIZABLE, LOCAL, reads of
   * a named node, and groups that AT_LEAST has no token of are never answered from here.
   *
   * Invariants, for the writes of this client:
   *   1. An entry was sent after the last write to its key began; and after it ended, if it did not end with a revision.
   *   2. An entry holds every write to its key that was acknowledged with a revision.
   * So whoever saw a write acknowledged, or gave up on it, finds nothing older here. How: a write bumps its stripe's
   * generation and removes the entry BEFORE it is sent, and again when it ends without a revision; a read notes the
   * generation BEFORE it is sent, and its answer is kept only if that is still the stripe's. When a write ends with a
   * revision, the stripe asks at least that of later answers, also of those of followers that lag. All of it BEFORE the
   * writer sees its outcome. The interleaving this is for:
   *
   *     reader                                      writer of the same key
   *     notes generation 7, sends
   *                                                 generation 8, entry removed; sends
   *     the server answers with the old record
   *                                                 outcome: unknown; generation 9, entry removed
   *     the answer is there: 7 is not 9, so
   *     it is given to its reader, and not kept
   *
   * Stripes are parts of shards, so that revisions in one are of one group. Two keys in one stripe disturb each other: an
   * answer is not kept that could have been.
   *
   * A shard that moves to another group is forgotten, BEFORE this client asks the other group, and answers of the former one that are on
   * their way are not kept.
   *
   * A change that was learned in another way than by a write of this client can be told to `onChange` as well. */

  /// Parts of a shard; with 128 shards some thousand keys can be written at once with little effect
  /// on reads of others.
  private static final int STRIPES_PER_SHARD = 16;

  /// Estimate of what an entry needs beside its key and value: some ten objects.
  private static final int ENTRY_BYTES = 400;

  private final NearCacheLimits limits;
  private final Supplier<Moment> clock;
  private final Cache<Name, KnownRecord> entries;
  private final List<Stripe> stripes;
  private @Nullable ShardMap map;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder evictions = new LongAdder();

  private record Name(String namespace, Bytes key) {}

  NearCache(NearCacheLimits limits, Supplier<Moment> clock) {
    this.limits = limits;
    this.clock = clock;
    this.stripes =
        IntStream.range(0, ShardId.COUNT * STRIPES_PER_SHARD).mapToObj(i -> new Stripe()).toList();
    this.entries =
        Caffeine.newBuilder()
            .maximumWeight(limits.bytesMax())
            .weigher((Name name, KnownRecord known) -> bytes(name, known))
            .expireAfterWrite(limits.ageMax())
            .ticker(() -> clock.get().monotonicNanos())
            .executor(Runnable::run)
            .evictionListener((name, known, cause) -> evictions.increment())
            .build();
  }

  private static int bytes(Name name, KnownRecord known) {
    return ENTRY_BYTES
        + name.key().length()
        + known.record().map(found -> found.value().length()).orElse(0);
  }

  /// Keys of one shard group of a cluster, and how they are to be read.
  ///
  /// @param mapEpoch of the map that says which group it is
  /// @param consistency which is kept for this group
  record Question(
      String namespace,
      List<Bytes> keys,
      ShardGroupId group,
      String clusterId,
      Epoch mapEpoch,
      Consistency consistency,
      ReadOptions options) {}

  /// The answer, if memory can give one that keeps the read's contract.
  Optional<GroupAnswer> find(Question question) {
    if (!mayAnswer(question)) {
      return Optional.empty();
    }
    Moment now = clock.get();
    Optional<GroupAnswer> found =
        known(question, now)
            .flatMap(known ->
                KnownRecord.eldestOf(known)
                    .filter(eldest -> keeps(question, eldest, now))
                    .map(eldest -> answer(question, known, eldest, now)));
    (found.isPresent() ? hits : misses).add(question.keys().size());
    return found;
  }

  private static boolean mayAnswer(Question question) {
    Consistency consistency = question.consistency();
    if (question.options().node().isPresent()) {
      return false;
    }
    if (consistency instanceof Consistency.AtLeast atLeast) {
      return atLeast.tokens().of(question.group()).isPresent()
          && !atLeast.tokens().newestEpoch().isNewerThan(question.mapEpoch())
          && atLeast.tokens().all().stream()
              .allMatch(token -> token.clusterId().equals(question.clusterId()));
    }
    return consistency instanceof Consistency.Bounded;
  }

  private Optional<List<KnownRecord>> known(Question question, Moment now) {
    List<KnownRecord> all = new ArrayList<>(question.keys().size());
    for (Bytes key : question.keys()) {
      KnownRecord known = entries.getIfPresent(new Name(question.namespace(), key));
      if (known == null
          || !known.token().group().equals(question.group())
          || !known.token().clusterId().equals(question.clusterId())
          || now.nanosSince(known.proof().sent()) > limits.ageMax().toNanos()) {
        return Optional.empty();
      }
      all.add(known);
    }
    return Optional.of(all);
  }

  private static boolean keeps(Question question, KnownRecord eldest, Moment now) {
    Consistency consistency = question.consistency();
    if (consistency instanceof Consistency.AtLeast atLeast) {
      return atLeast.tokens().of(question.group()).filter(eldest::covers).isPresent();
    }
    OptionalLong age = eldest.proof().ageNanos(now);
    return consistency instanceof Consistency.Bounded bounded
        && age.isPresent()
        && age.getAsLong() <= bounded.maxStaleness().toNanos();
  }

  private static GroupAnswer answer(
      Question question, List<KnownRecord> known, KnownRecord eldest, Moment now) {
    OptionalLong age = eldest.proof().ageNanos(now);
    Freshness origin = eldest.origin();
    return new GroupAnswer(
        known.stream()
            .map(each -> KnownRecord.shown(each, question.options().projection()))
            .toList(),
        new Freshness(
            origin.node(),
            origin.role(),
            origin.token(),
            age.isPresent() ? OptionalLong.of(milliseconds(age.getAsLong())) : age,
            origin.mapEpoch(),
            origin.numaDomain(),
            Freshness.Source.NEAR_CACHE));
  }

  /// Rounded up: it is a bound.
  private static long milliseconds(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(nanos + 999_999);
  }

  /// A read of whole records on its way to a server.
  final class Asked {
    private final String namespace;
    private final List<Bytes> keys;
    private final List<Stripe> stripes;
    private final long[] generations;
    private final Moment sent = clock.get();

    private Asked(String namespace, List<Bytes> keys) {
      this.namespace = namespace;
      this.keys = keys;
      this.stripes = stripesOf(namespace, keys);
      this.generations = stripes.stream().mapToLong(NearCache::generation).toArray();
    }

    /// Keeps what may be kept of the answer.
    void onAnswer(GroupAnswer answer) {
      Proof proof = new Proof(sent, answer.freshness().stalenessMs());
      for (int i = 0; i < keys.size(); i++) {
        keep(i, new KnownRecord(answer.records().get(i), answer.freshness(), proof));
      }
    }

    private void keep(int index, KnownRecord learned) {
      Name name = new Name(namespace, keys.get(index));
      Stripe stripe = stripes.get(index);
      synchronized (stripe) {
        if (stripe.generation() == generations[index] && stripe.admits(learned)) {
          KnownRecord before = entries.getIfPresent(name);
          entries.put(name, before == null ? learned : before.and(learned));
        }
      }
    }
  }

  /// To be called BEFORE the read is sent, for every attempt anew.
  Asked asking(String namespace, List<Bytes> keys) {
    return new Asked(namespace, keys);
  }

  /// A transaction of this client that is under way, or will be.
  final class OwnWrite {
    private final String namespace;
    private final List<Bytes> keys;

    private OwnWrite(Transaction transaction) {
      this.namespace = transaction.namespace();
      this.keys = transaction.mutations().stream().map(Transaction.Mutation::key).toList();
      forget(namespace, keys);
    }

    /// To be called BEFORE the writer sees the outcome, which is returned.
    Outcome<WriteAnswer> onOutcome(Outcome<WriteAnswer> outcome) {
      if (outcome instanceof Outcome.Done<WriteAnswer> done && done.answer().applied()) {
        onChange(namespace, keys, done.answer().freshness().token());
      } else {
        forget(namespace, keys);
      }
      return outcome;
    }
  }

  /// To be called BEFORE the transaction is sent.
  OwnWrite writing(Transaction transaction) {
    return new OwnWrite(transaction);
  }

  /// The keys changed at that revision: nothing older is kept, now or later.
  void onChange(String namespace, List<Bytes> keys, Token changed) {
    List<Stripe> touched = stripesOf(namespace, keys);
    for (int i = 0; i < keys.size(); i++) {
      Name name = new Name(namespace, keys.get(i));
      Stripe stripe = touched.get(i);
      synchronized (stripe) {
        stripe.require(changed);
        KnownRecord known = entries.getIfPresent(name);
        if (known != null && !known.covers(changed)) {
          entries.invalidate(name);
        }
      }
    }
  }

  /// To be called with each newer map BEFORE it is used, by one thread at a time.
  void onMap(ShardMap newer) {
    ShardMap former = map;
    map = newer;
    if (former == null) {
      return;
    }
    BitSet moved = new BitSet(ShardId.COUNT);
    for (int shard = 0; shard < ShardId.COUNT; shard++) {
      ShardId id = new ShardId(shard);
      if (!newer.groupOf(id).equals(former.groupOf(id))) {
        moved.set(shard);
        stripes
            .subList(shard * STRIPES_PER_SHARD, (shard + 1) * STRIPES_PER_SHARD)
            .forEach(NearCache::onMove);
      }
    }
    if (!moved.isEmpty()) {
      entries.asMap().keySet().removeIf(name -> moved.get(shardOf(name)));
    }
  }

  private static void onMove(Stripe stripe) {
    synchronized (stripe) {
      stripe.onMove();
    }
  }

  private static int shardOf(Name name) {
    return ShardHash.ofNamespace(name.namespace())
        .shardOf(name.key().raw(), 0, name.key().length());
  }

  private void forget(String namespace, List<Bytes> keys) {
    List<Stripe> touched = stripesOf(namespace, keys);
    for (int i = 0; i < keys.size(); i++) {
      Stripe stripe = touched.get(i);
      synchronized (stripe) {
        stripe.disturb();
        entries.invalidate(new Name(namespace, keys.get(i)));
      }
    }
  }

  private static long generation(Stripe stripe) {
    synchronized (stripe) {
      return stripe.generation();
    }
  }

  private List<Stripe> stripesOf(String namespace, List<Bytes> keys) {
    ShardHash hash = ShardHash.ofNamespace(namespace);
    return keys.stream()
        .map(key -> {
          int shard = hash.shardOf(key.raw(), 0, key.length());
          int part = Math.floorMod(key.hashCode(), STRIPES_PER_SHARD);
          return stripes.get(shard * STRIPES_PER_SHARD + part);
        })
        .toList();
  }

  NearCacheCounters counters() {
    entries.cleanUp();
    long bytes = entries.policy().eviction().orElseThrow().weightedSize().orElseThrow();
    return new NearCacheCounters(
        hits.sum(), misses.sum(), evictions.sum(), entries.estimatedSize(), bytes);
  }
}
