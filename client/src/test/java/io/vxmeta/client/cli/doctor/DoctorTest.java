package io.vxmeta.client.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.cli.doctor.Finding.Grade;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {

  private static final long MS = 1_000_000;

  @TempDir private Path root = Path.of("");

  /// A machine on which all is well.
  @BeforeEach
  void healthy() throws IOException {
    write("proc/sys/kernel/osrelease", "6.8.0-31-generic\n");
    write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    limits("unlimited", "1048576");
    status("0000000000000000", "0-3");
    write("sys/devices/system/cpu/online", "0-7\n");
    write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    write("proc/42/comm", "chronyd\n");
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void limits(String locked, String files) throws IOException {
    write(
        "proc/self/limits",
        "Limit                     Soft Limit           Hard Limit           Units     \n"
            + "Max locked memory         "
            + locked
            + "            unlimited            bytes     \n"
            + "Max open files            1024                 "
            + files
            + "              files     \n");
  }

  private void status(String capabilities, String cpus) throws IOException {
    write(
        "proc/self/status",
        "Name:\tjava\nCapEff:\t" + capabilities + "\nCpus_allowed_list:\t" + cpus + "\n");
  }

  private Findings findings() {
    return new Findings(new MachineChecks(new Machine(root, "self")).all());
  }

  private Finding finding(String check) {
    return findings().of(check);
  }

  private void assertFinding(String check, Grade grade, String word) {
    findings().assertFinding(check, grade, word);
  }

  @Test
  void aMachineThatIsWellHasNoRemedies() {
    findings().assertAllWell(7);
    assertTrue(finding("cpus").fact().contains("4 of 8"), finding("cpus").toString());
  }

  @Test
  void whatCanNotBeSeenIsAWarningNotASuccess() {
    List<Finding> blind = new MachineChecks(new Machine(root.resolve("none"), "self")).all();
    assertEquals(7, blind.size());
    for (Finding finding : blind) {
      assertEquals(Grade.warn, finding.grade(), finding.toString());
      assertTrue(!finding.remedy().isEmpty(), finding.toString());
    }
  }

  @ParameterizedTest
  @CsvSource({"5.14.0,ok", "5.13.19-generic,warn", "4.18.0-553.el8,warn", "6.0-rc1,ok", "odd,warn"})
  void kernelsBefore514AreWarnedOf(String release, Grade grade) throws IOException {
    write("proc/sys/kernel/osrelease", release);
    assertFinding("kernel", grade, "");
  }

  @ParameterizedTest
  @CsvSource({"[always] madvise never,always", "always madvise [never],never"})
  void hugePagesAreToBeAskedFor(String text, String mode) throws IOException {
    write("sys/kernel/mm/transparent_hugepage/enabled", text);
    assertFinding("huge-pages", Grade.warn, mode);
  }

  @Test
  void limitsOfLockedMemoryDoNotCountForWhoMayLockAll() throws IOException {
    limits("8388608", "1048576");
    assertFinding("memlock", Grade.warn, "8388608");
    status("0000000000004000", "0-3");
    assertFinding("memlock", Grade.ok, "CAP_IPC_LOCK");
    status("garbled", "0-3");
    assertFinding("memlock", Grade.warn, "LimitMEMLOCK");
  }

  @ParameterizedTest
  @CsvSource({"unlimited,ok", "65536,ok", "65535,warn", "4096,warn", "4095,fail", "1024,fail"})
  void tooFewOpenFilesFail(String hard, Grade grade) throws IOException {
    limits("unlimited", hard);
    assertFinding("nofile", grade, "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {"0;warn", "3;warn", "0-1;ok", "0,5;ok", "0-1,4-7;ok"})
  void oneCpuIsTooFew(String allowed, Grade grade) throws IOException {
    status("0", allowed);
    assertFinding("cpus", grade, allowed);
  }

  @ParameterizedTest
  @CsvSource({"hpet,warn", "acpi_pm,warn", "kvm-clock,ok", "arch_sys_counter,ok"})
  void slowClocksAreWarnedOf(String source, Grade grade) throws IOException {
    write("sys/devices/system/clocksource/clocksource0/current_clocksource", source);
    assertFinding("clock-source", grade, source);
  }

  @Test
  void somebodyMustKeepTheTime() throws IOException {
    write("proc/42/comm", "bash\n");
    assertFinding("time", Grade.warn, "no time daemon");
    write("run/systemd/timesync/synchronized", "");
    assertFinding("time", Grade.ok, "synchronized");
  }

  @Test
  void theLimitsOfAnotherProcessAreLookedAt() throws IOException {
    Files.createDirectories(root.resolve("proc/7"));
    Files.move(root.resolve("proc/self/limits"), root.resolve("proc/7/limits"));
    assertFinding("nofile", Grade.warn, "/proc/self/limits");
    Finding of7 = new MachineChecks(new Machine(root, "7")).all().get(3);
    assertEquals(Grade.ok, of7.grade(), of7.toString());
    assertTrue(new Machine(root, "7").isThere());
    assertTrue(!new Machine(root, "8").isThere());
  }

  @ParameterizedTest
  @CsvSource({"17.0.9,fail", "24,fail", "25,warn", "25.0.2,warn", "25.0.3,ok", "26,ok"})
  void nodesNeedAJdkThatLosesNoWakeUps(String version, Grade grade) {
    assertEquals(grade, RuntimeCheck.of(Runtime.Version.parse(version)).grade());
  }

  /// A clock by which the next sync takes so long.
  private static DiskProbe probe(long... syncNanos) {
    AtomicLong now = new AtomicLong();
    AtomicLong looks = new AtomicLong(-1);
    return new DiskProbe(() -> {
      long look = looks.getAndIncrement();
      // The first look begins; then two looks around each sync.
      return look >= 0 && look % 2 == 1
          ? now.addAndGet(syncNanos[(int) (look / 2) % syncNanos.length])
          : now.get();
    });
  }

  @Test
  void aHundredSyncsAreRankedAndNothingIsLeftBehind() throws IOException {
    long[] syncs = new long[100];
    for (int i = 0; i < 100; i++) {
      syncs[i] = (100 - i) * MS;
    }
    DiskProbe.Latency latency = probe(syncs).measure(root, 100);
    assertEquals(
        new DiskProbe.Latency(
            100, Duration.ofMillis(50), Duration.ofMillis(99), Duration.ofMillis(100)),
        latency);
    try (Stream<Path> left = Files.list(root)) {
      assertTrue(left.noneMatch(path -> path.toString().contains("vxctl-disk")));
    }
  }

  @Test
  void aVerySlowDiskIsMeasuredLessOften() throws IOException {
    DiskProbe.Latency latency = probe(7_000 * MS).measure(root, 1_000);
    assertEquals(3, latency.rounds());
    assertEquals(Grade.fail, DiskChecks.sync(latency).grade());
  }

  @ParameterizedTest
  @CsvSource({"1,ok", "10,ok", "11,warn", "100,warn", "101,fail"})
  void syncsAreGradedByTheSlowestHundredth(long ms, Grade grade) throws IOException {
    Finding finding = DiskChecks.all(root, probe(ms * MS), 3).get(0);
    assertEquals(grade, finding.grade(), finding.toString());
    assertTrue(finding.fact().contains("p99 " + ms + ".0 ms"), finding.toString());
  }

  @ParameterizedTest
  @CsvSource({"50,100,ok", "9,100,warn", "0,100,fail", "1,2,ok"})
  void aFullDiskFails(long freeGib, long totalGib, Grade grade) {
    assertEquals(grade, DiskChecks.space(freeGib << 30, totalGib << 30).grade());
  }

  @Test
  void aDirectoryThatIsNotThereFailsWithARemedy() {
    Finding finding = DiskChecks.all(root.resolve("none"), probe(MS), 1).get(0);
    assertEquals(Grade.fail, finding.grade());
    assertTrue(finding.fact().contains("none"), finding.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "2025-12-31T00:00:00Z,fail",
    "2026-01-02T00:00:00Z,ok",
    "2035-12-15T00:00:00Z,warn",
    "2036-01-02T00:00:00Z,fail"
  })
  void certificatesAreToldBeforeTheyEnd(String now, Grade grade) throws IOException {
    Path file = Files.writeString(root.resolve("c.pem"), CERTIFICATE);
    Finding finding = new CertificateCheck(Instant.parse(now)).of(file);
    assertEquals(grade, finding.grade(), finding.toString());
    assertTrue(finding.fact().contains("c.pem"), finding.toString());
  }

  @Test
  void whatIsNoCertificateFails() throws IOException {
    CertificateCheck check = new CertificateCheck(Instant.EPOCH);
    assertEquals(Grade.fail, check.of(root.resolve("none.pem")).grade());
    Path text = Files.writeString(root.resolve("text.pem"), "no certificate\n");
    assertEquals(Grade.fail, check.of(text).grade());
    Path empty = Files.writeString(root.resolve("empty.pem"), "");
    assertEquals(Grade.fail, check.of(empty).grade());
  }

  /// From 2026-01-01 to 2036-01-01; made with keytool, its key thrown away.
  private static final String CERTIFICATE =
      """
      -----BEGIN CERTIFICATE-----
      MIIBOTCB4KADAgECAgkAlV94Qz0uHCYwCgYIKoZIzj0EAwMwETEPMA0GA1UEAxMG
      ZG9jdG9yMB4XDTI2MDEwMTAwMDAwMFoXDTM2MDEwMTAwMDAwMFowETEPMA0GA1UE
      AxMGZG9jdG9yMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3/HUkkO9tNQ25JU8
      H/0mfYPwHG7lNirhOUp1IlduNGftCYXJpUd0TrXvYSmDfT1Tf1jRLLdf7W1Kcg6V
      jmCfkaMhMB8wHQYDVR0OBBYEFJs1NeXWno2QYv9vBl8jMzTD5XEUMAoGCCqGSM49
      BAMDA0gAMEUCIQD6fLP/wOpTbxkp7yyTwVMmFX+Rfxo1T+HZuTNf8/+3qAIgBEHR
      lpl6A9yC6KbMD/6V1eV9ZRRNwszH71HKgcqoqZU=
      -----END CERTIFICATE-----
      """;
}
