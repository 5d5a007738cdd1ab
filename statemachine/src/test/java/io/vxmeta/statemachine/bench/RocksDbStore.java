package io.vxmeta.statemachine.bench;

import java.nio.file.Path;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/// RocksDB without write-ahead log, with Bloom filters and a cache that holds everything,
/// uncompressed and compacted after loading.
final class RocksDbStore implements Store {

  private static final long CACHE_BYTES_A_KEY = 256;
  private static final long CACHE_BYTES_MIN = 64L << 20;
  private static final double BLOOM_BITS = 10;

  static {
    RocksDB.loadLibrary();
  }

  private final Cache cache;
  private final BloomFilter filter = new BloomFilter(BLOOM_BITS);
  private final Options options;
  private final WriteOptions write = new WriteOptions().setDisableWAL(true);
  private final ReadOptions read = new ReadOptions().setVerifyChecksums(false);
  private final RocksDB db;
  private final byte[] scratch = new byte[Records.VALUE_BYTES];

  RocksDbStore(Path directory, int keys) {
    cache = new LRUCache(CACHE_BYTES_MIN + keys * CACHE_BYTES_A_KEY);
    options =
        new Options()
            .setCreateIfMissing(true)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setTableFormatConfig(
                new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(filter));
    try {
      db = RocksDB.open(options, directory.toString());
    } catch (RocksDBException e) {
      throw new IllegalStateException("cannot open: directory=" + directory, e);
    }
  }

  @Override
  public void put(byte[] key, byte[] value) {
    try {
      db.put(write, key, value);
    } catch (RocksDBException e) {
      throw new IllegalStateException("expected to put", e);
    }
  }

  @Override
  public long get(byte[] key) {
    try {
      if (db.get(read, key, scratch) != scratch.length) {
        throw new IllegalStateException("expected every key of the benchmark");
      }
    } catch (RocksDBException e) {
      throw new IllegalStateException("expected to get", e);
    }
    return Records.markIn(scratch);
  }

  @Override
  public void settle() {
    try {
      db.compactRange();
    } catch (RocksDBException e) {
      throw new IllegalStateException("expected to compact", e);
    }
  }

  @Override
  public long bytes() {
    try {
      return db.getLongProperty("rocksdb.live-sst-files-size")
          + db.getLongProperty("rocksdb.cur-size-all-mem-tables");
    } catch (RocksDBException e) {
      throw new IllegalStateException("expected to know the size", e);
    }
  }

  @Override
  public void close() {
    db.close();
    read.close();
    write.close();
    options.close();
    filter.close();
    cache.close();
  }
}
