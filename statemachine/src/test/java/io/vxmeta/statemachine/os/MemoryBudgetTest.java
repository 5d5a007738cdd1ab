package io.vxmeta.statemachine.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.statemachine.os.LiveMemoryConfig.Cap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The cap follows the smallest limit that the machine and the control groups set.
final class MemoryBudgetTest {

  private static final long MACHINE = 1_000L * 1024;
  private static final Cap NINE_TENTHS = new Cap(0.9, 0);

  @TempDir private Path proc;
  @TempDir private Path cgroup;

  @BeforeEach
  void makeMachine() throws IOException {
    write(proc.resolve("meminfo"), "MemTotal:           1000 kB\nMemFree:  10 kB\n");
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void inGroup(String lines) throws IOException {
    write(proc.resolve("self/cgroup"), lines);
  }

  private long limit() throws IOException {
    return MemoryBudget.read(proc, cgroup, NINE_TENTHS).limitBytes();
  }

  @Test
  void withoutControlGroupsTheMachineIsTheLimit() throws IOException {
    assertEquals(MACHINE, limit());
    assertEquals(MACHINE * 9 / 10, MemoryBudget.read(proc, cgroup, NINE_TENTHS).capBytes());
  }

  @Test
  void versionTwoTakesTheSmallestLimitOfAllGroupsAbove() throws IOException {
    inGroup("0::/pods/one/container\n");
    write(cgroup.resolve("pods/one/container/memory.max"), "max\n");
    write(cgroup.resolve("pods/one/memory.max"), "700000\n");
    write(cgroup.resolve("pods/memory.max"), "900000\n");
    assertEquals(700_000, limit());
  }

  @Test
  void versionOneTakesTheMemoryControllersGroup() throws IOException {
    inGroup("9:cpu,cpuacct:/other\n4:memory:/job/me\n");
    write(cgroup.resolve("memory/job/me/memory.limit_in_bytes"), "600000\n");
    write(cgroup.resolve("memory/other/memory.limit_in_bytes"), "5\n");
    assertEquals(600_000, limit());
  }

  @Test
  void hybridMountCountsBothVersions() throws IOException {
    inGroup("4:memory:/job\n0::/job\n");
    write(cgroup.resolve("memory/job/memory.limit_in_bytes"), "9223372036854771712\n");
    write(cgroup.resolve("unified/job/memory.max"), "500000\n");
    assertEquals(500_000, limit());
  }

  @Test
  void insideAContainerTheMountsTopIsTheGroup() throws IOException {
    inGroup("0::/system.slice/docker-abc.scope\n");
    write(cgroup.resolve("memory.max"), "400000\n");
    assertEquals(400_000, limit());
  }

  @Test
  void groupPathsNeverLeaveTheMount() throws IOException {
    inGroup("0::/../..\n");
    write(cgroup.resolve("memory.max"), "400000\n");
    assertEquals(MACHINE, limit());
  }

  @Test
  void aLimitLargerThanTheMachineDoesNotCount() throws IOException {
    inGroup("0::/\n");
    write(cgroup.resolve("memory.max"), "99999999999\n");
    assertEquals(MACHINE, limit());
  }

  @Test
  void nonsenseIsRefusedWithTheFileNamed() throws IOException {
    inGroup("0::/\n");
    write(cgroup.resolve("memory.max"), "a lot\n");
    IOException refused = assertThrows(IOException.class, this::limit);
    assertTrue(refused.toString().contains("memory.max"), refused.toString());
    write(proc.resolve("meminfo"), "nothing here\n");
    assertThrows(IOException.class, this::limit);
  }

  @Test
  void aSmallMachineLeavesRoomForTheRestOfTheProcess() {
    assertEquals(900, MemoryBudget.of(1_000, new Cap(0.9, 100)).capBytes());
    assertEquals(700, MemoryBudget.of(1_000, new Cap(0.9, 300)).capBytes());
    assertEquals(9_000, MemoryBudget.of(10_000, new Cap(0.9, 300)).capBytes());
  }

  @Test
  void tablesHaveAQuarterHoweverMuchTheRestMayNeed() {
    assertEquals(250, MemoryBudget.of(1_000, new Cap(0.9, 900)).capBytes());
    assertEquals(250, MemoryBudget.of(1_000, new Cap(0.9, 5_000)).capBytes());
    assertEquals(100, MemoryBudget.of(1_000, new Cap(0.1, 5_000)).capBytes());
  }

  @Test
  void reservesUpToTheCapAndNotAByteMore() {
    MemoryBudget budget = MemoryBudget.of(1_000, NINE_TENTHS);
    assertTrue(budget.reserve(500));
    assertTrue(budget.reserve(400));
    assertFalse(budget.reserve(1));
    budget.release(100);
    assertTrue(budget.reserve(100));
    assertEquals(900, budget.reservedBytes());
  }

  @Test
  void readsThisMachine() throws IOException {
    MemoryBudget budget =
        MemoryBudget.read(Path.of("/proc"), Path.of("/sys/fs/cgroup"), NINE_TENTHS);
    assertTrue(budget.limitBytes() > 64 << 20);
  }
}
