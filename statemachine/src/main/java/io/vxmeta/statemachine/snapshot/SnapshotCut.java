package io.vxmeta.statemachine.snapshot;

import io.vxmeta.statemachine.table.TableCut;
import java.util.List;

/// A group's state as of one moment, held still for a snapshot while the apply thread goes on.
///
/// Hand it to [SnapshotWriter#write], which closes it; else close it.
public final class SnapshotCut implements AutoCloseable {
  private final SnapshotMoment moment;
  private final List<Integer> shards;
  private final List<TableCut> tables;
  private final ProducersImage producers;

  /// Made on the apply thread, all parts at the same moment.
  public SnapshotCut(
      SnapshotMoment moment,
      List<Integer> shards,
      List<TableCut> tables,
      ProducersImage producers) {
    this.moment = moment;
    this.shards = List.copyOf(shards);
    this.tables = List.copyOf(tables);
    this.producers = producers;
  }

  /// The moment that is held.
  public SnapshotMoment moment() {
    return moment;
  }

  List<Integer> shards() {
    return shards;
  }

  List<TableCut> tables() {
    return tables;
  }

  ProducersImage producers() {
    return producers;
  }

  @Override
  public void close() {
    tables.forEach(TableCut::close);
    producers.close();
  }
}
