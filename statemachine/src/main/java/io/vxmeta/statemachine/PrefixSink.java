package io.vxmeta.statemachine;

import io.vxmeta.statemachine.table.RecordSink;
import io.vxmeta.statemachine.table.RecordView;
import java.util.Arrays;

/// Passes on the records whose table key begins with a prefix: a namespace id, and whatever of the
/// user's key.
public final class PrefixSink implements RecordSink {
  private final byte[] prefix;
  private final RecordSink next;

  /// The prefix is copied.
  public PrefixSink(byte[] prefix, RecordSink next) {
    this.prefix = prefix.clone();
    this.next = next;
  }

  @Override
  public void accept(byte[] key, int keyLength, RecordView record) {
    if (keyLength >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length)) {
      next.accept(key, keyLength, record);
    }
  }
}
