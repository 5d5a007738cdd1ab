package io.vxmeta.statemachine.table;

import java.util.Arrays;

/// The records of one bucket's chain, copied: used again and again by one thread.
final class ChainSlots {

  private long[] records = new long[2 * Bucket.SLOTS];
  private short[] fingerprints = new short[2 * Bucket.SLOTS];
  private int count;

  void clear() {
    count = 0;
  }

  void add(long record, short fingerprint) {
    if (count == records.length) {
      records = Arrays.copyOf(records, count * 2);
      fingerprints = Arrays.copyOf(fingerprints, count * 2);
    }
    records[count] = record;
    fingerprints[count] = fingerprint;
    count++;
  }

  int count() {
    return count;
  }

  long record(int i) {
    return records[i];
  }

  short fingerprint(int i) {
    return fingerprints[i];
  }
}
