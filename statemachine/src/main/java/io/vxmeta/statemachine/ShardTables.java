package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.table.Table;
import io.vxmeta.statemachine.table.TableReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The tables of a group by shard: it gains and loses some while others read.
final class ShardTables implements AutoCloseable {
  /* Threads: the apply thread, or whoever holds its lock; any thread asks for `served` and `all`.
   * A lost table is retired at once, so that readers fail (TableReader) and a new one of the shard may be made; it is closed when
   *   no cut of it is open, by whoever asks for what can be closed. Its memory stays readable, though not its content, as long as a
   *   reader is under way (LiveRegion).
   * Which shards have a table follows from the entries alone: the founded ones, and those staged, until their records are released or
   *   dropped. So it is part of the digest and of snapshots.
   */

  private final GroupStateConfig config;
  private final @Nullable Table[] byShard = new @Nullable Table[Limits.SHARD_MAX + 1];
  private final List<Table> retired = new ArrayList<>();
  private volatile List<Table> tables;
  private volatile ServedShards served;
  private volatile int lost;
  private int made;

  /// Footprint that the transaction being checked wants in each table; zero between transactions.
  private final long[] wanted = new long[Limits.SHARD_MAX + 1];

  ShardTables(GroupStateConfig config, List<Table> tables, Standings standings) {
    this.config = config;
    this.tables = List.copyOf(tables);
    for (Table table : tables) {
      byShard[table.shard()] = table;
    }
    this.served = servedNow(standings);
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

  /// Ascending by shard.
  List<Table> all() {
    return tables;
  }

  /// Whether the table is still the one of its shard.
  boolean isCurrent(Table table) {
    return byShard[table.shard()] == table;
  }

  /// Makes an empty table of a shard that has none.
  void add(int shard) {
    try {
      byShard[shard] =
          Table.createAgain(config.directory(), shard, config.table(), config.memory(), ++made);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot make the table of a shard that moves here: group="
              + config.group()
              + " shard="
              + shard
              + "; see to the directory of live files and restart this node",
          e);
    }
    list();
  }

  /// Takes the table away, and all records with it.
  void remove(int shard) {
    Table table = table(shard);
    table.retire();
    byShard[shard] = null;
    retired.add(table);
    lost = retired.size();
    list();
  }

  private void list() {
    List<Table> now = new ArrayList<>();
    for (Table table : byShard) {
      if (table != null) {
        now.add(table);
      }
    }
    tables = List.copyOf(now);
  }

  /// Hands over the lost tables that nobody needs any more, to be closed by the caller.
  List<Table> takeRetired() {
    List<Table> free = retired.stream().filter(table -> !table.isHeldByCut()).toList();
    retired.removeAll(free);
    lost = retired.size();
    return free;
  }

  /// Lost tables that are not handed over yet.
  int lost() {
    return lost;
  }

  /// What readers may look into, by what was last published.
  ServedShards served() {
    return served;
  }

  /// Lets readers into the shards that are served now, and into no others.
  void publish(Standings standings) {
    served = servedNow(standings);
  }

  private ServedShards servedNow(Standings standings) {
    @Nullable TableReader[] readers = new @Nullable TableReader[byShard.length];
    for (Table table : tables) {
      if (standings.of(table.shard()).phase().serves()) {
        readers[table.shard()] = table.reader();
      }
    }
    return new ServedShards(readers);
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

  /// Those with a table, ascending.
  List<Integer> shards() {
    return tables.stream().map(Table::shard).sorted(Comparator.naturalOrder()).toList();
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
    tables.forEach(Table::close);
    retired.forEach(Table::close);
    retired.clear();
  }
}
