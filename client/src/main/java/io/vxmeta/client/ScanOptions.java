package io.vxmeta.client;

import io.vxmeta.shardmap.NodeId;
import java.time.Duration;
import java.util.Optional;

/// What to scan and how. `limit`: records in all, 0 = no limit; `pageSize`: records a call;
/// `patience`: how long one page may take, retries included.
public record ScanOptions(
    Bytes prefix,
    Consistency consistency,
    Optional<NodeId> node,
    ReadOptions.Projection projection,
    int pageSize,
    long limit,
    Duration patience) {

  /// Of one page; what servers accept.
  public static final int PAGE_SIZE_MAX = 10_000;

  /// Everything, in pages of 1,000 records, each page linearizable.
  public static final ScanOptions EVERYTHING =
      new ScanOptions(
          Bytes.EMPTY,
          new Consistency.Linearizable(),
          Optional.empty(),
          ReadOptions.Projection.WHOLE_RECORDS,
          1_000,
          0,
          Duration.ofSeconds(30));

  public ScanOptions {
    if (pageSize < 1 || pageSize > PAGE_SIZE_MAX || limit < 0) {
      throw new IllegalArgumentException(
          "a page has 1.."
              + PAGE_SIZE_MAX
              + " records and a limit is not negative: page-size="
              + pageSize
              + " limit="
              + limit);
    }
  }

  public ScanOptions startingWith(Bytes newPrefix) {
    return new ScanOptions(newPrefix, consistency, node, projection, pageSize, limit, patience);
  }

  public ScanOptions with(Consistency newConsistency) {
    return new ScanOptions(prefix, newConsistency, node, projection, pageSize, limit, patience);
  }

  /// Ask this node and no other.
  public ScanOptions at(NodeId newNode) {
    return new ScanOptions(
        prefix, consistency, Optional.of(newNode), projection, pageSize, limit, patience);
  }

  public ScanOptions keysOnly() {
    return new ScanOptions(
        prefix, consistency, node, ReadOptions.Projection.KEYS_ONLY, pageSize, limit, patience);
  }

  public ScanOptions pagesOf(int newPageSize) {
    return new ScanOptions(prefix, consistency, node, projection, newPageSize, limit, patience);
  }

  public ScanOptions atMost(long newLimit) {
    return new ScanOptions(prefix, consistency, node, projection, pageSize, newLimit, patience);
  }

  public ScanOptions within(Duration newPatience) {
    return new ScanOptions(prefix, consistency, node, projection, pageSize, limit, newPatience);
  }
}
