package io.vxmeta.raft.numa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.numa.MachineTopology.Domain;
import io.vxmeta.shardmap.NumaDomain;
import io.vxmeta.statemachine.os.IdSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Machines are read as their kernels tell of them, or refused with the file that is wrong.
final class SysfsTreeTest {
  private static final IdSet ALL = IdSet.parse("0-1023");

  @TempDir private Path root;

  private MachineTopology read() throws IOException {
    return new SysfsTree(root).read().orElseThrow();
  }

  private static List<Integer> ids(MachineTopology machine) {
    return machine.domains().stream().map(domain -> domain.id().value()).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void everyDomainIsReadWithItsCpusMemoryAndDistances(int count) throws IOException {
    MadeSysfs.ofAlike(root, count, 4);
    MachineTopology machine = read();
    assertEquals(count, machine.domains().size());
    for (Domain domain : machine.domains()) {
      int id = domain.id().value();
      assertEquals(IdSet.parse(4 * id + "-" + (4 * id + 3)), domain.cpus());
      assertEquals(64L << 30, domain.memoryBytes());
      assertEquals(count, domain.distances().size());
      assertEquals(10, domain.distances().get(id));
    }
    assertEquals(count, machine.homes(ALL, ALL).size());
  }

  @Test
  void numbersOfDomainsMayHaveGaps() throws IOException {
    MadeSysfs.in(root, "0-7")
        .domain(0, "0-3", 32, "10 40 40")
        .domain(8, "4-7", 32, "40 10 20")
        .domain(252, "", 16, "40 20 10");
    assertEquals(List.of(0, 8, 252), ids(read()));
    assertEquals(
        List.of(0, 8), read().homes(ALL, ALL).stream().map(home -> home.domain().value()).toList());
  }

  @Test
  void cpusThatAreSwitchedOffDoNotCount() throws IOException {
    MadeSysfs.in(root, "0-2,5").domain(0, "0-3", 32, "10 21").domain(1, "4-7", 32, "21 10");
    MachineTopology machine = read();
    assertEquals(IdSet.parse("0-2"), machine.domains().getFirst().cpus());
    assertEquals(IdSet.of(5), machine.domains().getLast().cpus());
  }

  @Test
  void aDomainOfMemoryAloneIsNoHome() throws IOException {
    MadeSysfs.in(root, "0-3").domain(0, "0-3", 32, "10 17").domain(1, "", 256, "17 28");
    assertEquals(2, read().domains().size());
    assertEquals(
        List.of(new Home(new NumaDomain(0), IdSet.parse("0-3"), new NumaDomain(0))),
        read().homes(ALL, ALL));
  }

  @Test
  void aDomainWithoutMemoryTakesThatOfTheNearestSeenFromIt() throws IOException {
    MadeSysfs.in(root, "0-5")
        .domain(0, "0-1", 32, "10 12 30")
        .domain(1, "2-3", 0, "30 10 20")
        .domain(2, "4-5", 32, "12 25 10");
    assertEquals(
        List.of(0, 2, 2),
        read().homes(ALL, ALL).stream().map(home -> home.memory().value()).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0-7     | 0-3     | 0:0-1 1:2-3 2:4-5 3:6-7
          2-5     | 0-3     | 1:2-3 2:4-5
          0,7     | 0,2     | 0:0 3:7
          6-7     | 0-3     | 3:6-7
          """)
  void onlyWhatTheProcessMayUseIsAHome(String cpus, String memories, String homes)
      throws IOException {
    MadeSysfs.ofAlike(root, 4, 2);
    assertEquals(
        homes,
        read().homes(IdSet.parse(cpus), IdSet.parse(memories)).stream()
            .map(home -> home.domain().value() + ":" + home.cpus())
            .reduce((left, right) -> left + " " + right)
            .orElse(""));
  }

  @Test
  void memoryThatTheProcessMayNotUseIsNobodys() throws IOException {
    MadeSysfs.ofAlike(root, 2, 2);
    assertEquals(
        List.of(1, 1),
        read().homes(ALL, IdSet.of(1)).stream().map(home -> home.memory().value()).toList());
    assertEquals(List.of(), read().homes(ALL, IdSet.EMPTY));
  }

  @Test
  void aKernelThatTellsNothingIsNoError() throws IOException {
    assertEquals(Optional.empty(), new SysfsTree(root).read());
    MadeSysfs.in(root, "0-3").write("node/online", "");
    assertEquals(Optional.empty(), new SysfsTree(root).read());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          node/online         | 0-x                       | a list of domains such as 0-1
          node/node1/cpulist  | 2-                        | a list of CPUs such as 0-7
          node/node0/meminfo  | Node 0 MemTotal: lots kB  | a line MemTotal in kB
          node/node1/distance | 21                        | a distance to each of 2 domains
          node/node1/distance | 21 far                    | a distance to each of 2 domains
          cpu/online          | all                       | a list of CPUs such as 0-7
          """)
  void aFileThatIsNotUnderstoodIsNamed(String file, String text, String expected)
      throws IOException {
    MadeSysfs.ofAlike(root, 2, 2).write(file, text);
    IOException refused = assertThrows(IOException.class, () -> new SysfsTree(root).read());
    assertEquals(
        "expected "
            + expected
            + ": file="
            + root.resolve("devices/system").resolve(file)
            + " found="
            + text,
        refused.getMessage());
  }

  @Test
  void aFileThatIsMissingIsNamed() throws IOException {
    MadeSysfs.ofAlike(root, 2, 2).without("node/node1/distance");
    IOException refused = assertThrows(IOException.class, () -> new SysfsTree(root).read());
    assertTrue(
        String.valueOf(refused.getMessage()).endsWith("node1/distance found=no such file"),
        refused.getMessage());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void thisMachineIsUnderstood() throws IOException {
    new SysfsTree(Path.of("/sys"))
        .read()
        .ifPresent(machine -> assertTrue(machine.domains().getFirst().memoryBytes() > 0));
  }
}
