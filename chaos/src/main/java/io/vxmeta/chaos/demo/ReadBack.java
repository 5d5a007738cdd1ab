package io.vxmeta.chaos.demo;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.ReadAnswer;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.StoredRecord;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// Reads records from one node at a time and notes which come back as written.
final class ReadBack {
  /// Keys of one call; the server's limit for one read.
  private static final int KEYS = 1_024;

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final VxClient client;
  private final String namespace;
  private final List<DemoRecords.Entry> records;
  private final BitSet missed = new BitSet();

  ReadBack(VxClient client, String namespace, List<DemoRecords.Entry> records) {
    this.client = client;
    this.namespace = namespace;
    this.records = records;
  }

  /// Reads these records, linearizably, from that node; returns how many came back as written.
  int from(NodeId node, List<Integer> numbers) {
    int good = 0;
    for (int start = 0; start < numbers.size(); start += KEYS) {
      good += chunk(node, numbers.subList(start, Math.min(numbers.size(), start + KEYS)));
    }
    return good;
  }

  private int chunk(NodeId node, List<Integer> numbers) {
    List<Bytes> keys = numbers.stream().map(number -> records.get(number).key()).toList();
    ReadAnswer answer =
        client.read(namespace, keys, ReadOptions.linearizable().at(node).within(DEADLINE));
    int good = 0;
    for (int i = 0; i < numbers.size(); i++) {
      Optional<Bytes> found = answer.records().get(i).map(StoredRecord::value);
      if (found.equals(Optional.of(records.get(numbers.get(i)).value()))) {
        good++;
      } else {
        missed.set(numbers.get(i));
      }
    }
    return good;
  }

  /// Records that some node did not return as written.
  int missed() {
    return missed.cardinality();
  }
}
