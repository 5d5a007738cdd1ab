package io.vxmeta.statemachine.bench;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.Stat;
import org.lmdbjava.Txn;

/// LMDB without a single sync: written through its map, one transaction a put, one snapshot renewed
/// for each read or multi-get.
final class LmdbStore implements Store {
  /* Until `settle` puts gather in transactions of LOAD_BATCH: loading is not measured. */

  private static final int LOAD_BATCH = 10_000;
  private static final long BYTES_A_KEY_MAX = 600;
  private static final long BYTES_MIN = 64L << 20;

  private final Env<ByteBuffer> env;
  private final Dbi<ByteBuffer> dbi;
  private final Txn<ByteBuffer> read;
  private final ByteBuffer readKey = ByteBuffer.allocateDirect(Records.KEY_BYTES);
  private final ByteBuffer writeKey = ByteBuffer.allocateDirect(Records.KEY_BYTES);
  private final ByteBuffer writeValue = ByteBuffer.allocateDirect(Records.VALUE_BYTES);
  private final byte[] scratch = new byte[Records.VALUE_BYTES];
  private @Nullable Txn<ByteBuffer> load;
  private int inLoad;
  private boolean settled;

  LmdbStore(Path directory, int keys) {
    env =
        Env.create()
            .setMapSize(BYTES_MIN + keys * BYTES_A_KEY_MAX)
            .setMaxDbs(1)
            .open(
                directory.toFile(),
                EnvFlags.MDB_WRITEMAP,
                EnvFlags.MDB_NOSYNC,
                EnvFlags.MDB_NOMETASYNC,
                EnvFlags.MDB_NORDAHEAD,
                EnvFlags.MDB_NOTLS);
    dbi = env.openDbi("bench", DbiFlags.MDB_CREATE);
    read = env.txnRead();
    read.reset();
  }

  @Override
  public void put(byte[] key, byte[] value) {
    writeKey.clear().put(key).flip();
    writeValue.clear().put(value).flip();
    if (settled) {
      try (Txn<ByteBuffer> write = env.txnWrite()) {
        boolean _ = dbi.put(write, writeKey, writeValue);
        write.commit();
      }
    } else {
      putLoading();
    }
  }

  private void putLoading() {
    Txn<ByteBuffer> write = load;
    if (write == null) {
      write = env.txnWrite();
      load = write;
    }
    boolean _ = dbi.put(write, writeKey, writeValue);
    if (++inLoad == LOAD_BATCH) {
      endLoad();
    }
  }

  private void endLoad() {
    Txn<ByteBuffer> write = load;
    if (write != null) {
      write.commit();
      write.close();
      load = null;
      inLoad = 0;
    }
  }

  @Override
  public void settle() {
    endLoad();
    settled = true;
  }

  @Override
  public long get(byte[] key) {
    read.renew();
    long mark = look(key);
    read.reset();
    return mark;
  }

  @Override
  public long multiGet(byte[][] keys, int from, int to) {
    read.renew();
    long sum = 0;
    for (int i = from; i < to; i++) {
      sum += look(keys[i]);
    }
    read.reset();
    return sum;
  }

  private long look(byte[] key) {
    readKey.clear().put(key).flip();
    ByteBuffer value = dbi.get(read, readKey);
    if (value == null) {
      throw new IllegalStateException("expected every key of the benchmark");
    }
    value.get(scratch);
    return Records.markIn(scratch);
  }

  @Override
  public long bytes() {
    try (Txn<ByteBuffer> txn = env.txnRead()) {
      Stat stat = dbi.stat(txn);
      return stat.pageSize * (stat.branchPages + stat.leafPages + stat.overflowPages);
    }
  }

  @Override
  public void close() {
    read.close();
    env.close();
  }
}
