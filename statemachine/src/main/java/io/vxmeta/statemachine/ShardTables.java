package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.table.Table;
import io.vxmeta.statemachine.table.TableReader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The tables of a group by shard.
final class ShardTables implements AutoCloseable {
  private final @Nullable Table[] byShard = new @Nullable Table[Limits.SHARD_MAX + 1];
  private final List<Table> tables;

  /// Footprint that the transaction being checked wants in each table; zero between transactions.
  private final long[] wanted = new long[Limits.SHARD_MAX + 1];

  ShardTables(List<Table> tables) {
    this.tables = List.copyOf(tables);
    for (Table table : tables) {
      byShard[table.shard()] = table;
    }
  }

  boolean holds(int shard) {
    return byShard[shard] != null;
  }

  Table table(int shard) {
    Table table = byShard[shard];
    if (table == null) {
      throw new IllegalStateException(
          "expected a shard of this group; shard="
              + shard
              + "; every transaction is checked before");
    }
    return table;
  }

  List<Table> all() {
    return tables;
  }

  /// Adds to what the transaction being checked wants; false if that table has no room for all of
  /// it.
  boolean want(int shard, int keyLength, int valueLength) {
    wanted[shard] += Table.footprintMax(keyLength, valueLength);
    return table(shard).hasRoomFor(wanted[shard]);
  }

  /// Forgets what was wanted of a table.
  void unwant(int shard) {
    wanted[shard] = 0;
  }

  boolean[] held() {
    boolean[] held = new boolean[byShard.length];
    for (Table table : tables) {
      held[table.shard()] = true;
    }
    return held;
  }

  /// Readers by shard; those of shards not held are readers of another table and are not asked, see
  /// [#held].
  TableReader[] readers() {
    List<TableReader> readers = new ArrayList<>();
    TableReader filler = tables.getFirst().reader();
    for (Table table : byShard) {
      readers.add(table == null ? filler : table.reader());
    }
    return readers.toArray(TableReader[]::new);
  }

  long records() {
    long records = 0;
    for (Table table : tables) {
      records += table.records();
    }
    return records;
  }

  long digest() {
    long digest = 0;
    for (Table table : tables) {
      digest += Mix.next(Mix.one(table.shard()), table.digest());
    }
    return digest;
  }

  @Override
  public void close() {
    for (Table table : tables) {
      table.close();
    }
  }
}
