package io.vxmeta.chaos.check.txn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.history.Micro;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// What the columns keep against what was put in.
class ColumnsTest {
  private static final List<Operation.Type> TYPES = List.of(Operation.Type.values());

  @Test
  void longsAreNumberedInTheOrderInWhichTheyAreMet() {
    Random random = new Random(1);
    LongTable table = new LongTable();
    Map<Long, Integer> twin = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      long item = random.nextInt(4) == 0 ? random.nextLong() : random.nextInt(3_000);
      int number = twin.computeIfAbsent(item, _ -> twin.size());
      assertEquals(number, table.number(item));
      assertEquals(item, table.item(number));
      assertEquals(twin.size(), table.size());
    }
    assertEquals(0, new LongTable().number(-1));
    assertEquals(0, new LongTable().number(0));
  }

  @Test
  void neighboursAndPairsSpreadOverTheSlots() {
    int items = 1 << 10;
    assertSpread(LongStream.range(0, items));
    assertSpread(LongStream.range(0, items).map(item -> item << Integer.SIZE));
    assertSpread(LongStream.range(0, items).map(item -> (item / 32) << Integer.SIZE | item % 32));
  }

  /// Half as many items as slots: chance would let them begin at two fifths of the slots.
  private static void assertSpread(LongStream items) {
    int slots = 1 << 11;
    long homes =
        items
            .mapToInt(item -> LongTable.home(item, slots))
            .peek(home -> assertTrue(home >= 0 && home < slots, "home=" + home))
            .distinct()
            .count();
    assertTrue(homes > slots / 4, "homes=" + homes);
  }

  @Test
  void elementsAreNumberedByKeyAndValue() {
    Elements elements = new Elements();
    int[] codes = {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE};
    for (int key = 0; key < 3; key++) {
      for (int place = 0; place < codes.length; place++) {
        int element = elements.number(key, codes[place]);
        assertEquals(key * codes.length + place, element);
        assertEquals(key, elements.key(element));
        assertEquals(codes[place], elements.code(element));
      }
    }
    assertEquals(1, elements.number(0, 1));
    assertEquals(3 * codes.length, elements.count());
  }

  @Test
  void manyProcessesKeepTheirStates() {
    Calls calls = new Calls();
    int processes = 200;
    for (int i = 0; i < processes; i++) {
      assertEquals(i, calls.number(1_000L + i));
      assertEquals(Calls.NONE, calls.pair(i, i, Operation.Type.INVOKE, i));
    }
    for (int i = 0; i < processes; i++) {
      assertEquals(i, calls.pair(i, processes + i, Operation.Type.OK, processes + i));
      assertEquals(1_000L + i, calls.name(i));
    }
    assertEquals(processes, calls.processes());
    assertEquals("", calls.disorder());
    assertEquals(Calls.NONE, calls.pair(0, 2 * processes, Operation.Type.OK, 2L * processes));
    assertTrue(calls.disorder().contains("process=1000 index=400 learns the outcome"));
  }

  @Test
  void firstDisorderIsTheOneThatIsTold() {
    Calls calls = new Calls();
    int process = calls.number(9);
    calls.pair(process, 0, Operation.Type.INVOKE, 0);
    calls.pair(process, 1, Operation.Type.INVOKE, 1);
    String first = calls.disorder();
    assertEquals(1, calls.pair(process, 2, Operation.Type.INFO, 2));
    assertEquals(Calls.NONE, calls.pair(process, 3, Operation.Type.OK, 3));
    assertEquals(first, calls.disorder());
  }

  @Test
  void stepsOfVersionsComeBackAsTheyWereAdded() {
    VersionSteps steps = new VersionSteps();
    VersionSource[] sources = VersionSource.values();
    for (int i = 0; i < 200; i++) {
      steps.add(i, 2 * i, sources[i % sources.length]);
    }
    VersionSteps even = new VersionSteps();
    even.addAll(steps, before -> before % 2 == 0);
    assertEquals(200, steps.count());
    assertEquals(100, even.count());
    for (int i = 0; i < 200; i++) {
      assertEquals(i, steps.before(i));
      assertEquals(2 * i, steps.after(i));
      assertEquals(sources[i % sources.length], steps.source(i));
      if (i % 2 == 0) {
        assertEquals(i, even.before(i / 2));
        assertEquals(2 * i, even.after(i / 2));
        assertEquals(sources[i % sources.length], even.source(i / 2));
      }
    }
  }

  @Test
  void eventsComeBackAsTheyWereAdded() {
    List<Operation> operations = new ArrayList<>();
    Random random = new Random(2);
    for (int i = 0; i < 300; i++) {
      operations.add(
          new Operation(
              1_000_000_000_000L + i,
              7L * i,
              random.nextInt(5),
              TYPES.get(random.nextInt(TYPES.size())),
              IntStream.range(0, random.nextInt(4)).mapToObj(_ -> step(random)).toList(),
              random.nextInt(4) == 0 ? Map.of("node", new JsonPrimitive("n1")) : Map.of()));
    }
    Journal journal = Journal.of(operations);
    assertEquals(operations.size(), journal.events());
    for (int event = 0; event < operations.size(); event++) {
      assertEquals(operations.get(event), journal.operation(event));
    }
  }

  private static Micro step(Random random) {
    List<Object> scalars = List.of(0L, 5L, -3L, 1L << 30, (1L << 30) - 1, 1.5, true, "five", "");
    Object key = scalars.get(random.nextInt(scalars.size()));
    Object value = scalars.get(random.nextInt(scalars.size()));
    return switch (random.nextInt(5)) {
      case 0 -> new Micro.Append(key, value);
      case 1 -> new Micro.Write(key, value);
      case 2 -> new Micro.ReadValue(key, value);
      case 3 -> new Micro.ReadNull(key);
      default -> new Micro.ReadList(key, scalars.subList(0, random.nextInt(scalars.size())));
    };
  }

  @Test
  void numbersAndTextsOfTheSameLookAreDifferentValues() {
    Values values = new Values();
    assertEquals(values.code((Object) 5L), values.code(5L));
    assertTrue(values.code("5") != values.code(5L));
    assertTrue(values.code(-1L) != values.code(1L));
    assertEquals(Values.DIRECT_MAX, values.code((long) Values.DIRECT_MAX));
    assertTrue(values.code(Values.DIRECT_MAX + 1L) < 0);
  }

  @Test
  void readsThatContinueEachOtherShareOneTrunk() {
    Trunks trunks = new Trunks(new Elements());
    int first = trunks.seen(0, new int[] {4, 2}, 2, 10);
    assertEquals(first, trunks.seen(0, new int[] {4, 2, 9, 0}, 3, 11));
    assertEquals(first, trunks.seen(0, new int[] {4}, 1, 12));
    assertEquals(3, trunks.trunk(first).length());
    assertEquals(11, trunks.trunk(first).reader());
    assertEquals(9, trunks.trunk(first).code(2));
    assertEquals(first, trunks.longest(0));
    assertTrue(trunks.odd(0).isEmpty());
  }

  @Test
  void trunkNamesTheFirstReaderOfItsWholeList() {
    Trunks trunks = new Trunks(new Elements());
    int id = trunks.seen(0, new int[] {4, 2}, 2, 10);
    assertEquals(id, trunks.seen(0, new int[] {4, 2}, 2, 11));
    assertEquals(10, trunks.trunk(id).reader());
  }

  @Test
  void readIsComparedWithTheNewestTrunksAndTheLongest() {
    Trunks trunks = new Trunks(new Elements());
    int longest = trunks.seen(0, new int[] {0, 0, 0}, 3, 0);
    int oldest = trunks.seen(0, new int[] {1, 0}, 2, 1);
    int first = trunks.seen(0, new int[] {2, 0}, 2, 2);
    for (int i = 3; i < 10; i++) {
      trunks.seen(0, new int[] {i, 0}, 2, i);
    }
    assertEquals(first, trunks.seen(0, new int[] {2, 0}, 2, 20));
    assertEquals(longest, trunks.seen(0, new int[] {0, 0}, 2, 21));
    assertTrue(oldest != trunks.seen(0, new int[] {1, 0}, 2, 22));
    assertEquals(10, trunks.odd(0).size());
  }

  @Test
  void longestTrunkIsTheOrderAndTheOthersAreOdd() {
    Trunks trunks = new Trunks(new Elements());
    int first = trunks.seen(0, new int[] {1, 2}, 2, 10);
    int second = trunks.seen(0, new int[] {1, 3}, 2, 11);
    assertEquals(first, trunks.longest(0));
    assertEquals(List.of(trunks.trunk(second)), trunks.odd(0));
    assertEquals(second, trunks.seen(0, new int[] {1, 3, 2}, 3, 12));
    assertEquals(second, trunks.longest(0));
    assertEquals(List.of(trunks.trunk(first)), trunks.odd(0));
    assertEquals(Trunks.NONE, trunks.longest(1));
    assertEquals(Trunks.NONE, trunks.seen(0, new int[] {1}, 0, 13));
  }

  @Test
  void trunkThatGrowsToTheLengthOfTheLongestDoesNotTakeItsPlace() {
    Trunks trunks = new Trunks(new Elements());
    int first = trunks.seen(0, new int[] {1, 2}, 2, 10);
    int second = trunks.seen(0, new int[] {3}, 1, 11);
    assertEquals(second, trunks.seen(0, new int[] {3, 4}, 2, 12));
    assertEquals(first, trunks.longest(0));
    assertEquals(second, trunks.seen(0, new int[] {3, 4, 5}, 3, 13));
    assertEquals(second, trunks.longest(0));
    assertEquals(13, trunks.trunk(second).reader());
  }

  @Test
  void listsPutAsideCountForNothing() {
    Trunks trunks = new Trunks(new Elements());
    int aside = trunks.aside(new int[] {7, 8}, 1);
    assertEquals(1, trunks.trunk(aside).length());
    assertEquals(Trunks.NONE, trunks.longest(0));
    assertEquals(List.of(), trunks.odd(0));
  }

  @Test
  void everyPrefixOfARandomReadIsFoundInItsTrunk() {
    Random random = new Random(3);
    Trunks trunks = new Trunks(new Elements());
    for (int i = 0; i < 500; i++) {
      int[] codes = random.ints(1 + random.nextInt(40), 0, 2).toArray();
      Trunks.Trunk trunk = trunks.trunk(trunks.seen(3, codes, codes.length, i));
      for (int place = 0; place < codes.length; place++) {
        assertEquals(codes[place], trunk.code(place));
      }
      Trunks.Trunk longest = trunks.trunk(trunks.longest(3));
      assertTrue(trunk.length() <= longest.length());
      assertTrue(trunks.odd(3).stream().noneMatch(longest::equals));
    }
  }
}
