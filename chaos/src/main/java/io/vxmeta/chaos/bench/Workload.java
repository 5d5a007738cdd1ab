package io.vxmeta.chaos.bench;

import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.Outcome;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/// What a benchmark's callers do: one call, told by how many operations were answered.
enum Workload {
  /// A put of a new key, unary.
  INSERT("insert", 256) {
    @Override
    CompletableFuture<Long> call(Ground ground) {
      return ground.client().writeAsync(ground.newPut(1)).thenApply(o -> applied(o, 1));
    }
  },
  /// A put of a new key, a transaction of its own on a write stream.
  INSERT_STREAM("insert-stream", 1_024) {
    @Override
    CompletableFuture<Long> call(Ground ground) {
      return submit(ground, ground.newPut(1)).thenApply(o -> applied(o, 1));
    }
  },
  /// A linearizable read of one key.
  GET("get", 64) {
    @Override
    CompletableFuture<Long> call(Ground ground) {
      return read(ground, 1);
    }
  },
  /// A linearizable read of 128 keys.
  MGET128("mget128", 16) {
    @Override
    CompletableFuture<Long> call(Ground ground) {
      return read(ground, 128);
    }
  },
  /// A hundred puts of one shard group in a transaction on a write stream; each put counts.
  BULK("bulk", 256) {
    @Override
    CompletableFuture<Long> call(Ground ground) {
      return submit(ground, ground.newPut(BULK_PUTS)).thenApply(o -> applied(o, BULK_PUTS));
    }
  };

  private static final int BULK_PUTS = 100;
  private static final int VALUE_BYTES = 64;

  /// What calls need: the client, the writer, and the keys written so far.
  record Ground(
      VxClient client, BulkWriter writer, String namespace, AtomicLong nextKey, long readableKeys) {

    /// A transaction of puts to keys never used before, all with one hash tag.
    Transaction newPut(int puts) {
      Transaction.Builder transaction = Transaction.in(namespace);
      long first = nextKey.getAndAdd(puts);
      for (long number = first; number < first + puts; number++) {
        transaction.put(puts == 1 ? key(number) : tagged(first, number), value(number));
      }
      return transaction.build();
    }

    Bytes readableKey() {
      return key(ThreadLocalRandom.current().nextLong(readableKeys));
    }
  }

  private final String word;
  private final int inFlight;

  Workload(String word, int inFlight) {
    this.word = word;
    this.inFlight = inFlight;
  }

  /// Starts one call.
  abstract CompletableFuture<Long> call(Ground ground);

  String word() {
    return word;
  }

  /// Calls in flight unless told otherwise.
  int inFlight() {
    return inFlight;
  }

  /// 32 bytes.
  static Bytes key(long number) {
    return Bytes.utf8("bench/entity/%019d".formatted(number));
  }

  /// 32 bytes; the tag keeps the keys of a transaction in one shard.
  private static Bytes tagged(long tag, long number) {
    return Bytes.utf8("{b%015d}/%014d".formatted(tag, number));
  }

  private static Bytes value(long number) {
    byte[] bytes = new byte[VALUE_BYTES];
    new Random(number).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  private static CompletableFuture<Long> read(Ground ground, int keys) {
    List<Bytes> asked =
        IntStream.range(0, keys).mapToObj(_ -> ground.readableKey()).distinct().toList();
    return ground
        .client()
        .readAsync(ground.namespace(), asked, ReadOptions.linearizable())
        .thenApply(_ -> 1L);
  }

  private static CompletableFuture<Outcome<WriteAnswer>> submit(
      Ground ground, Transaction transaction) {
    try {
      return ground.writer().submit(transaction);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CompletableFuture.failedFuture(e);
    }
  }

  private static long applied(Outcome<WriteAnswer> outcome, int operations) {
    if (!outcome.orThrow().applied()) {
      throw new IllegalStateException("a put without compares was not applied: " + outcome);
    }
    return operations;
  }
}
