package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.table.KeyBatch;
import io.vxmeta.statemachine.table.RecordView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/// Keys to read at one instant, and what was found; filled, read and used again by one thread.
public final class MultiGet {
  /* Memory: key bytes are referred to, not copied, and must stay as they are until the answers were used. A view whose value
   * buffer grew beyond VALUE_BYTES_KEPT is dropped by `clear`, so that a thread keeps at most 1,024 times that.
   */

  private static final int VALUE_BYTES_KEPT = 16 << 10;

  private final Supplier<RecordView> newView;
  private final List<RecordView> views = new ArrayList<>();
  private final KeyBatch batch = new KeyBatch();
  private byte[][] buffers = new byte[16][];
  private int[] offsets = new int[16];
  private int[] lengths = new int[16];
  private int[] shards = new int[16];
  private int size;
  private long valueBytes;

  private MultiGet(Supplier<RecordView> newView) {
    this.newView = newView;
  }

  /// One that copies values.
  public static MultiGet whole() {
    return new MultiGet(RecordView::whole);
  }

  /// One that copies everything but values.
  public static MultiGet withoutValues() {
    return new MultiGet(RecordView::withoutValue);
  }

  /// Forgets all keys and answers.
  public void clear() {
    for (int i = 0; i < size; i++) {
      if (views.get(i).value().length > VALUE_BYTES_KEPT) {
        views.set(i, newView.get());
      }
    }
    size = 0;
  }

  /// Adds a table key: namespace id, then the user's key.
  public void add(int shard, byte[] buffer, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, buffer.length);
    if (size == Limits.READ_KEYS_MAX) {
      throw new IllegalStateException(
          "expected at most "
              + Limits.READ_KEYS_MAX
              + " keys; keys="
              + (size + 1)
              + "; check the request against Limits before");
    }
    if (size == shards.length) {
      grow();
    }
    buffers[size] = buffer;
    offsets[size] = offset;
    lengths[size] = length;
    shards[size] = shard;
    if (views.size() == size) {
      views.add(newView.get());
    }
    size++;
  }

  /// Number of keys.
  public int size() {
    return size;
  }

  /// What was found for a key, in the order of `add`; valid after [GroupReader#read] until the next
  /// call.
  public RecordView record(int key) {
    return views.get(Objects.checkIndex(key, size));
  }

  void forgetAnswers() {
    for (int i = 0; i < size; i++) {
      views.get(i).clear();
    }
    valueBytes = 0;
  }

  /// Takes back what a view counted, BEFORE it is filled again.
  void forgetValue(RecordView record) {
    valueBytes -= record.value().length == 0 ? 0 : record.valueLength();
  }

  /// Counts the value of a view that was just filled; its memory is taken already, that of the next
  /// is not.
  void countValue(RecordView record) {
    valueBytes += record.value().length == 0 ? 0 : record.valueLength();
    if (valueBytes > Limits.READ_BYTES_MAX) {
      throw new ReadTooLarge(size, valueBytes);
    }
  }

  /// The same keys, with their tables, while they are looked up.
  KeyBatch batch() {
    return batch;
  }

  int shard(int key) {
    return shards[key];
  }

  byte[] buffer(int key) {
    return buffers[key];
  }

  int offset(int key) {
    return offsets[key];
  }

  int length(int key) {
    return lengths[key];
  }

  private void grow() {
    int keys = size * 2;
    buffers = Arrays.copyOf(buffers, keys);
    offsets = Arrays.copyOf(offsets, keys);
    lengths = Arrays.copyOf(lengths, keys);
    shards = Arrays.copyOf(shards, keys);
  }
}
