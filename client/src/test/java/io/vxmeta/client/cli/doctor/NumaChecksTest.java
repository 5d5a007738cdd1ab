package io.vxmeta.client.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.cli.doctor.Finding.Grade;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What keeps a node from binding its groups is found, and said with its remedy.
class NumaChecksTest {

  @TempDir private Path root = Path.of("");

  /// A machine of two domains that a node can use as it should.
  @BeforeEach
  void healthy() throws IOException {
    write("sys/devices/system/node/online", "0-1\n");
    domain(0, "0-3", "10 21");
    domain(1, "4-7", "21 10");
    status("0-7", "0-1", "0");
    write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    write("proc/sys/kernel/numa_balancing", "0\n");
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void domain(int id, String cpus, String distances) throws IOException {
    String directory = "sys/devices/system/node/node" + id + "/";
    write(directory + "cpulist", cpus + "\n");
    write(directory + "distance", distances + "\n");
    write(
        directory + "meminfo",
        "Node " + id + " MemTotal:       1024 kB\nNode " + id + " MemFree:        512 kB\n");
  }

  private void status(String cpus, String memories, String seccomp) throws IOException {
    write(
        "proc/self/status",
        "Name:\tjava\nSeccomp:\t"
            + seccomp
            + "\nCpus_allowed_list:\t"
            + cpus
            + "\nMems_allowed_list:\t"
            + memories
            + "\n");
  }

  private Findings findings() {
    return new Findings(new NumaChecks(new Machine(root, "self")).all());
  }

  private Finding finding(String check) {
    return findings().of(check);
  }

  private void assertFinding(String check, Grade grade, String word) {
    findings().assertFinding(check, grade, word);
  }

  @Test
  void aMachineThatIsWellHasNoRemedies() {
    findings().assertAllWell(6);
    assertEquals(
        "domain 0: 4 CPUs, 1024 kB; domain 1: 4 CPUs, 1024 kB", finding("topology").fact());
    assertEquals("may use 4 in domain 0, 4 in domain 1", finding("cpus").fact());
  }

  @Test
  void whatCanNotBeSeenIsAWarningNotASuccess() {
    for (Finding finding : new NumaChecks(new Machine(root.resolve("none"), "self")).all()) {
      assertEquals(Grade.warn, finding.grade(), finding.toString());
      assertTrue(!finding.remedy().isEmpty(), finding.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"online", "node1/cpulist", "node0/meminfo", "node1/distance"})
  void aFileThatIsNotUnderstoodFailsByItsName(String file) throws IOException {
    write("sys/devices/system/node/" + file, "many, of each\nkind");
    assertFinding("topology", Grade.fail, "/sys/devices/system/node/" + file);
  }

  @Test
  void memoryAloneIsADomainAsWell() throws IOException {
    domain(1, "", "21 10");
    assertFinding("topology", Grade.ok, "domain 1: 0 CPUs, 1024 kB");
  }

  @ParameterizedTest
  @CsvSource({"0-7,0,fail", "4-5,0,fail", "0-3,0,ok", "4-7,1,ok", "0-7,0-1,ok"})
  void cpusWithoutTheirMemoryFail(String cpus, String memories, Grade grade) throws IOException {
    status(cpus, memories, "0");
    assertFinding("memory", grade, grade == Grade.fail ? "cpuset.mems" : "");
  }

  @Test
  void whatTheProcessMayUseIsCountedForEachDomain() throws IOException {
    status("2,4-6", "0-1", "0");
    assertFinding("cpus", Grade.ok, "1 in domain 0, 3 in domain 1");
  }

  @Test
  void aFilterOfSystemCallsIsWarnedOf() throws IOException {
    status("0-7", "0-1", "2");
    assertFinding("system-calls", Grade.warn, "CAP_SYS_NICE");
  }

  @Test
  void aKernelThatMovesPagesIsWarnedOf() throws IOException {
    write("proc/sys/kernel/numa_balancing", "1\n");
    assertFinding("balancing", Grade.warn, "echo 0");
    Files.delete(root.resolve("proc/sys/kernel/numa_balancing"));
    assertFinding("balancing", Grade.ok, "by itself");
  }
}
