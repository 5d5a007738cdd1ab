package io.vxmeta.statemachine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.IntervalsForm;
import io.vxmeta.statemachine.batch.Lifetime;
import io.vxmeta.statemachine.batch.SetForm;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ApplyAllocationTest {
  private static final int KEYS = 5_000;
  private static final int TRANSACTIONS_PER_ENTRY = 100;
  private static final int ENTRIES = 400;

  /// A few objects an entry, nothing a transaction.
  private static final double BYTES_PER_TRANSACTION_MAX = 8;

  @TempDir Path root;

  @Test
  void warmApplyAllocatesNothingPerTransaction() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    List<byte[]> warmUp = log(0);
    List<byte[]> measured = log(ENTRIES);
    try (GroupState group = GroupState.create(Groups.config(root));
        SoundAtEnd _ = new SoundAtEnd(group)) {
      apply(group, warmUp, 0);
      long before = threads.getCurrentThreadAllocatedBytes();
      apply(group, measured, ENTRIES);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      double perTransaction = (double) allocated / (ENTRIES * TRANSACTIONS_PER_ENTRY);
      assertTrue(perTransaction < BYTES_PER_TRANSACTION_MAX, () -> "bytes " + perTransaction);
    }
  }

  private static void apply(GroupState group, List<byte[]> log, long index) {
    for (byte[] entry : log) {
      group.apply(entry, 0, entry.length, ++index, AnswerSink.NONE);
    }
  }

  /// Puts, adds, deletes and compares of one producer, over the same keys again and again.
  private static List<byte[]> log(int entriesBefore) {
    TransactionEncoder encoder = new TransactionEncoder();
    BatchWriter writer = new BatchWriter();
    List<byte[]> log = new ArrayList<>();
    long sequence = (long) entriesBefore * TRANSACTIONS_PER_ENTRY;
    for (int entry = 0; entry < ENTRIES; entry++) {
      for (int i = 0; i < TRANSACTIONS_PER_ENTRY; i++) {
        sequence++;
        encoder.begin(7, new byte[16], 1, sequence);
        Slice key = key((int) (sequence % KEYS));
        Slice counter = key(KEYS + i);
        encoder.compareAbsent(3, key(1 << 30));
        encoder.put(3, key, Slice.of(new byte[64]), 5).add(40, counter, 1).delete(127, key);
        encoder.max(40, counter, sequence).setAdd(40, tagged(i % 50), SET);
        encoder.intervalsAdd(127, tagged(i % 50), INTERVALS);
        encoder.putIfNewer(3, tagged(100 + i), sequence, VALUE, 1, Lifetime.of(60_000));
        assertTrue(writer.append(encoder.end()));
      }
      log.add(writer.seal(sequence));
    }
    return log;
  }

  private static final Slice VALUE = Slice.of(new byte[30]);
  private static final Slice SET = Slice.of(SetForm.of(List.of(new byte[] {1}, new byte[] {2})));
  private static final Slice INTERVALS =
      Slice.of(IntervalsForm.of(List.of(new IntervalsForm.Interval(3, 9))));

  private static Slice tagged(int key) {
    return key(1 << 20 | key);
  }

  private static Slice key(int key) {
    return Slice.of(ByteBuffer.allocate(32).putInt(28, key).array());
  }
}
