package io.vxmeta.statemachine.table;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Answers of a writer and readers beside it can be put in one order in which a plain map would
/// give the same ones.
///
/// `-Dvx.history.iterations=N` tries more histories, `-Dvx.long=true` dozens.
@Timeout(value = 2, unit = TimeUnit.HOURS)
public final class TableHistoryRaceTest {
  /* Lincheck's stress mode: its model checker sees accesses of Java objects, and a table's are none.
   * The verifier's own instance of a history is the map (Twin); the table is made once, since Lincheck makes a test object for
   * each of thousands of runs, and emptied by each. Writers form one group that Lincheck runs in one thread at a time, as
   * a replica does. */

  private static final int ITERATIONS =
      Integer.getInteger("vx.history.iterations", Boolean.getBoolean("vx.long") ? 50 : 2);
  private static final int INVOCATIONS = 300;
  private static final String WRITER = "writer";
  private static final int KEYS = 3;
  private static final int LONG_BYTES = 400;

  private static final Path DIRECTORY = directory();
  private static final Table TABLE = table();

  private static Path directory() {
    try {
      return Files.createTempDirectory("table-history");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Table table() {
    try {
      return Table.create(DIRECTORY, TableFixture.SHARD, TableFixture.SMALL, TableFixture.MEMORY);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterAll
  static void tableIsSoundAtTheEnd() throws IOException {
    Verdict verdict = TABLE.verify();
    TABLE.close();
    Files.delete(DIRECTORY);
    assertTrue(verdict.sound(), () -> "verify: " + verdict.problems());
  }

  /// The histories are made of these.
  @Param(name = "key", gen = IntGen.class, conf = "1:3")
  @Param(name = "value", gen = IntGen.class, conf = "1:100")
  public static final class Subject {

    public Subject() {
      for (int key = 1; key <= KEYS; key++) {
        boolean _ = TABLE.delete(bytes(key), 0, 1);
      }
    }

    private static byte[] bytes(int key) {
      return new byte[] {(byte) key};
    }

    @Operation(nonParallelGroup = WRITER)
    public boolean put(@Param(name = "key") int key, @Param(name = "value") int value) {
      byte[] content = new byte[value % 2 == 0 ? 1 : LONG_BYTES];
      Arrays.fill(content, (byte) value);
      return TABLE.put(bytes(key), 0, 1, content, 0, content.length, value, 0, 0);
    }

    @Operation(nonParallelGroup = WRITER)
    public boolean delete(@Param(name = "key") int key) {
      return TABLE.delete(bytes(key), 0, 1);
    }

    /// The value, 0 for none, -1 for a mix of two.
    @Operation
    public int get(@Param(name = "key") int key) {
      RecordView view = RecordView.whole();
      return TABLE.reader().get(bytes(key), 0, 1, view) ? valueOf(view) : 0;
    }

    private static int valueOf(RecordView view) {
      for (int i = 0; i < view.valueLength(); i++) {
        if (view.value()[i] != (byte) view.version()) {
          return -1;
        }
      }
      return (int) view.version();
    }

    /// The same by a cursor that stands at the key's bucket: a scan is whole for each key, not for
    /// all.
    @Operation
    public int scan(@Param(name = "key") int key) {
      int[] found = {0};
      long hash = KeyHash.of(bytes(key), 0, 1);
      long _ =
          TABLE
              .reader()
              .scan(
                  KeyHash.place(hash),
                  1,
                  (buffer, length, view) -> {
                    if (length == 1 && buffer[0] == key) {
                      found[0] = valueOf(view);
                    }
                  });
      return found[0];
    }
  }

  /// What the answers must be like.
  public static final class Twin {
    private final TreeMap<Integer, Integer> values = new TreeMap<>();

    public boolean put(int key, int value) {
      return values.put(key, value) != null;
    }

    public boolean delete(int key) {
      return values.remove(key) != null;
    }

    public int get(int key) {
      return values.getOrDefault(key, 0);
    }

    public int scan(int key) {
      return get(key);
    }
  }

  @Test
  void answersAreThoseOfAMapInSomeOrder() {
    new StressOptions()
        .iterations(ITERATIONS)
        .invocationsPerIteration(INVOCATIONS)
        .threads(2)
        .actorsPerThread(4)
        .actorsBefore(2)
        .actorsAfter(2)
        .minimizeFailedScenario(false)
        .sequentialSpecification(Twin.class)
        .check(Subject.class);
  }
}
