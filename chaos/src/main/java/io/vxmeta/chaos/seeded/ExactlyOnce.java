package io.vxmeta.chaos.seeded;

import io.vxmeta.client.BulkWriter;
import io.vxmeta.client.Bytes;
import io.vxmeta.client.ProducerIdentity;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.WriteAnswer;
import java.nio.ByteBuffer;
import java.util.Random;

/// A counter that one producer adds to, and that other writers add to: the sum tells what was
/// applied twice or not at all.
final class ExactlyOnce {
  static final String CHECKER = "exactly-once";

  private static final String NAMESPACE = "default";
  private static final Bytes REPEATED = Bytes.utf8("{registers}repeated");

  /// Long enough for a slot size of its own.
  private static final Bytes COUNTER =
      Bytes.utf8(
          "{registers}counter-that-many-transactions-raise-by-one-each-under-a-new-sequence");

  private static final long STEP = 5;

  private final VxClient client;
  private final ProducerIdentity producer;
  private long counted;
  private long repeats;

  ExactlyOnce(VxClient client, Random random) {
    this.client = client;
    this.producer = ProducerIdentity.random(random);
  }

  /// Adds under the producer's sequence 1, whether for the first time or again: every writer under
  /// an identity numbers from 1.
  WriteAnswer addAgain() throws InterruptedException {
    repeats++;
    try (BulkWriter writer = client.bulkWriter(BulkWriter.Options.DEFAULTS, producer)) {
      return writer.submit(Transaction.in(NAMESPACE).add(REPEATED, STEP).build()).join().orThrow();
    }
  }

  /// Adds one under a sequence of its own.
  void count() {
    client.write(Transaction.in(NAMESPACE).add(COUNTER, 1).build(), Arena.PATIENCE).orThrow();
    counted++;
  }

  Finding judge() {
    return judge(REPEATED, repeats == 0 ? 0 : STEP, repeats + " adds of one sequence")
        .or(judge(COUNTER, counted, counted + " adds of as many sequences"));
  }

  private Finding judge(Bytes key, long expected, String made) {
    long found =
        client
            .get(NAMESPACE, key)
            .map(StoredRecord::value)
            .map(value -> ByteBuffer.wrap(value.toArray()).getLong())
            .orElse(0L);
    return found == expected
        ? Finding.NONE
        : new Finding(
            CHECKER,
            "counter %s holds %d after %s, which make %d".formatted(key, found, made, expected));
  }
}
