package io.vxmeta.statemachine.table;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/// The protocol of readers and writer under jcstress; [TableStressTest] runs it.
public final class TableStress {
  /* One table for all states of a forked JVM, because jcstress makes millions of states and a table is two mapped files. So each
   * state has keys of its own, and whoever writes holds GROUND's monitor: jcstress makes states on several threads. Readers
   * hold nothing.
   * At its end a forked JVM walks its table; jcstress calls a test failed whose JVM ends with another code than 0.
   * A value consists of one byte, its version, over and over: a mix of two records shows. */

  private static final int SHORT_BYTES = 60;
  private static final int LONG_BYTES = 200;

  private TableStress() {}

  private static final Ground GROUND = new Ground();

  /// The table, and a key that no other living state has.
  private static final class Ground {
    /// Many times the states alive at once.
    private static final int KEYS = 1 << 17;

    private final Path directory;
    private final Table table;
    private int last;

    Ground() {
      try {
        directory = Files.createTempDirectory("table-stress");
        table =
            Table.create(directory, TableFixture.SHARD, TableFixture.SMALL, TableFixture.MEMORY);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Runtime.getRuntime().addShutdownHook(new Thread(this::end, "table-stress-end"));
    }

    private synchronized void end() {
      try {
        Verdict verdict = table.verify();
        table.close();
        Files.delete(directory);
        if (verdict.sound()) {
          return;
        }
        System.err.println("verify: " + verdict.problems());
      } catch (IOException | RuntimeException e) {
        System.err.println("verify: " + e);
      }
      System.err.flush();
      Runtime.getRuntime().halt(1);
    }

    synchronized byte[] newKey() {
      last = (last + 1) % KEYS;
      return ByteBuffer.allocate(8).putInt(last).array();
    }

    synchronized void put(byte[] key, int version, int length) {
      byte[] value = new byte[length];
      Arrays.fill(value, (byte) version);
      table.put(key, 0, key.length, value, 0, length, version, 0, 0);
    }

    synchronized void delete(byte[] key) {
      table.delete(key, 0, key.length);
    }
  }

  /// What a reader made of a key: 0 for no record, its version if the value is that version's, -1
  /// if torn.
  private static int read(byte[] key, RecordView view) {
    return GROUND.table.reader().get(key, 0, key.length, view) ? versionOf(view) : 0;
  }

  private static int versionOf(RecordView view) {
    for (int i = 0; i < view.valueLength(); i++) {
      if (view.value()[i] != (byte) view.version()) {
        return -1;
      }
    }
    boolean length = view.valueLength() == LONG_BYTES || view.valueLength() == SHORT_BYTES;
    return length ? (int) view.version() : -1;
  }

  /// A record that is there, and the name of one that is not.
  @State
  public static class Keys {
    final byte[] key = GROUND.newKey();
    final byte[] other = key.clone();
    final RecordView view = RecordView.whole();

    public Keys() {
      other[other.length - 1] = 1;
      GROUND.delete(other);
      GROUND.put(key, 1, LONG_BYTES);
    }
  }

  /// The same in a batch, which finds both its records before it copies the first.
  @State
  public static class KeysInBatch {
    final byte[] key = GROUND.newKey();
    final RecordView view = RecordView.whole();
    final KeyBatch batch = new KeyBatch();

    public KeysInBatch() {
      GROUND.put(key, 1, LONG_BYTES);
      for (int i = 0; i < 2; i++) {
        batch.add(GROUND.table.reader(), key, 0, key.length);
      }
    }

    int read(int number) {
      return batch.get(number, view) ? versionOf(view) : 0;
    }
  }

  /// A record moves after a batch has found where it lies.
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the old record")
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "first the old one, then the new one")
  @Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "the new record")
  @Outcome(expect = FORBIDDEN, desc = "torn, lost, or back in time")
  public static class MovedAfterItWasFoundAhead {
    @Actor
    public void writer(KeysInBatch keys) {
      GROUND.put(keys.key, 2, SHORT_BYTES);
    }

    @Actor
    public void reader(KeysInBatch keys, II_Result result) {
      result.r1 = keys.read(0);
      result.r2 = keys.read(1);
    }
  }

  /// A record is written over in its slot.
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the old record")
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "first the old one, then the new one")
  @Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "the new record")
  @Outcome(expect = FORBIDDEN, desc = "torn, lost, or back in time")
  public static class OverwrittenInPlace {
    @Actor
    public void writer(Keys keys) {
      GROUND.put(keys.key, 2, LONG_BYTES);
    }

    @Actor
    public void reader(Keys keys, II_Result result) {
      result.r1 = read(keys.key, keys.view);
      result.r2 = read(keys.key, keys.view);
    }
  }

  /// A record moves to a slot of another size.
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the old record")
  @Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "first the old one, then the new one")
  @Outcome(id = "2, 2", expect = ACCEPTABLE, desc = "the new record")
  @Outcome(expect = FORBIDDEN, desc = "torn, lost, or back in time")
  public static class MovedToAnotherSlot {
    @Actor
    public void writer(Keys keys) {
      GROUND.put(keys.key, 2, SHORT_BYTES);
    }

    @Actor
    public void reader(Keys keys, II_Result result) {
      result.r1 = read(keys.key, keys.view);
      result.r2 = read(keys.key, keys.view);
    }
  }

  /// A record is deleted, and its slot taken by another while a reader holds its offset.
  @JCStressTest
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "deleted")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "deleted between")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "not yet deleted")
  @Outcome(expect = FORBIDDEN, desc = "torn, or of another key")
  public static class FreedSlotTakenAgain {
    @Actor
    public void writer(Keys keys) {
      GROUND.delete(keys.key);
      GROUND.put(keys.other, 2, LONG_BYTES);
    }

    @Actor
    public void reader(Keys keys, II_Result result) {
      result.r1 = read(keys.key, keys.view);
      result.r2 = read(keys.key, keys.view);
    }
  }

  /// Two writes after each other: none is lost.
  @JCStressTest
  @Outcome(
      id = {"1, 1, 3", "1, 2, 3", "1, 3, 3", "2, 2, 3", "2, 3, 3", "3, 3, 3"},
      expect = ACCEPTABLE,
      desc = "in order, and the last one stays")
  @Outcome(expect = FORBIDDEN, desc = "lost, torn, or back in time")
  public static class TwoWrites {
    @Actor
    public void writer(Keys keys) {
      GROUND.put(keys.key, 2, LONG_BYTES);
      GROUND.put(keys.key, 3, SHORT_BYTES);
    }

    @Actor
    public void reader(Keys keys, III_Result result) {
      result.r1 = read(keys.key, keys.view);
      result.r2 = read(keys.key, keys.view);
    }

    @Arbiter
    public void end(Keys keys, III_Result result) {
      result.r3 = read(keys.key, keys.view);
    }
  }
}
