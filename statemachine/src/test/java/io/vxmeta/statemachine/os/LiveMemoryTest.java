package io.vxmeta.statemachine.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vxmeta.statemachine.os.LiveMemoryConfig.Place;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/// Live memory is given, locked and counted, or refused with one line that says why.
final class LiveMemoryTest {

  private static final long REGION = 64L << 20;
  private static final long MIB = 1L << 20;
  private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) .*");

  @TempDir private Path directory;
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private @Nullable Level levelBefore;

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(LiveMemory.class);
  }

  @BeforeEach
  void listen() {
    levelBefore = logger().getLevel();
    logger().setLevel(Level.WARN);
    lines.start();
    logger().addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    logger().detachAppender(lines);
    logger().setLevel(levelBefore);
  }

  private List<String> linesAbout(Degradation kind) {
    return lines.list.stream()
        .map(ILoggingEvent::getFormattedMessage)
        .filter(line -> line.contains("counted as " + kind))
        .toList();
  }

  /// The limits of a machine with `kilobytes` of memory.
  private LiveMemoryConfig machineOf(long kilobytes) throws IOException {
    Path proc = Files.createDirectories(directory.resolve("proc"));
    Files.writeString(proc.resolve("meminfo"), "MemTotal: " + kilobytes + " kB\n");
    return LiveMemoryConfig.defaults().withRoots(proc, directory.resolve("cgroup"));
  }

  /// Pages in memory at `address`, by the kernel's account.
  private static long residentKilobytes(long address) throws IOException {
    boolean within = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.matches()) {
        within =
            Long.parseUnsignedLong(mapping.group(1), 16) <= address
                && address < Long.parseUnsignedLong(mapping.group(2), 16);
      } else if (within && line.startsWith("Rss:")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new AssertionError("expected a mapping at " + Long.toHexString(address));
  }

  @ParameterizedTest
  @EnumSource(value = Place.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
  @EnabledOnOs(OS.LINUX)
  void closedRegionGivesItsMemoryBackAndItsAddressesStayReadable(Place place) throws IOException {
    LiveMemory memory = LiveMemory.of(LiveMemoryConfig.defaults().withPlace(place));
    LiveRegion region = memory.map(directory.resolve("live"), REGION);
    region.prepare(2 * MIB);
    MemorySegment checked = region.bytes();
    checked.set(ValueLayout.JAVA_BYTE, 4_000, (byte) 7);
    MemorySegment unchecked = MemorySegment.ofAddress(checked.address()).reinterpret(REGION);
    assertTrue(residentKilobytes(checked.address()) >= 2_048);
    region.close();
    assertThrows(IllegalStateException.class, () -> checked.get(ValueLayout.JAVA_BYTE, 4_000));
    assertEquals(0, residentKilobytes(unchecked.address()));
    assertEquals(0, unchecked.get(ValueLayout.JAVA_BYTE, 4_000));
    assertEquals(0, unchecked.get(ValueLayout.JAVA_BYTE, REGION - 1));
    assertTrue(linesAbout(Degradation.RELEASE_REFUSED).isEmpty());
    assertEquals(0, region.preparedBytes(), "and the region was reachable until here");
  }

  @Test
  void regionIsSparseUntilPrepared() throws IOException {
    LiveMemory memory = LiveMemory.of(LiveMemoryConfig.withoutNativeCalls());
    try (LiveRegion region = memory.map(directory.resolve("live"), REGION)) {
      assertEquals(REGION, region.bytes().byteSize());
      assertEquals(0, region.preparedBytes());
      region.prepare(1);
      assertEquals(64 << 10, region.preparedBytes());
      region.prepare(3 * MIB);
      assertTrue(region.preparedBytes() >= 3 * MIB && region.preparedBytes() <= 4 * MIB);
      region.bytes().set(ValueLayout.JAVA_BYTE, region.preparedBytes() - 1, (byte) 1);
      assertEquals(region.preparedBytes(), memory.counters().preparedBytes());
      assertThrows(LiveMemoryExhausted.class, () -> region.prepare(REGION + 1));
    }
    assertEquals(0, memory.counters().preparedBytes());
    assertFalse(Files.exists(directory.resolve("live")));
  }

  @Test
  void preparingKeepsWhatWasWritten() throws IOException {
    LiveMemory memory = LiveMemory.of(LiveMemoryConfig.withoutNativeCalls());
    try (LiveRegion region = memory.map(directory.resolve("live"), REGION)) {
      region.prepare(64 << 10);
      region.bytes().set(ValueLayout.JAVA_LONG, (64 << 10) - 8, 0x1234_5678L);
      region.prepare(5 * MIB);
      assertEquals(0x1234_5678L, region.bytes().get(ValueLayout.JAVA_LONG, (64 << 10) - 8));
    }
  }

  @Test
  void withoutNativeCallsItSaysSoOnceAndLocksNothing() throws IOException {
    LiveMemory memory = LiveMemory.of(LiveMemoryConfig.withoutNativeCalls());
    try (LiveRegion one = memory.map(directory.resolve("one"), REGION);
        LiveRegion two = memory.inDomain(0).map(directory.resolve("two"), REGION)) {
      one.prepare(2 * MIB);
      two.prepare(2 * MIB);
      LiveMemoryCounters counters = memory.counters();
      assertEquals(0, counters.lockedBytes());
      assertEquals(counters.preparedBytes(), counters.unlockedBytes());
      assertEquals(0, counters.hugePageBytes());
    }
    assertEquals(1, linesAbout(Degradation.NO_NATIVE_CALLS).size());
    assertEquals(1, lines.list.size(), () -> lines.list.toString());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aboveTheCapMemoryIsUnlockedCountedAndSaidOnce() throws IOException {
    LiveMemory memory = LiveMemory.of(machineOf(2 * 1024));
    assertEquals((long) (2 * MIB * 0.9), memory.counters().capBytes());
    try (LiveRegion region = memory.map(directory.resolve("live"), REGION)) {
      region.prepare(8 * MIB);
      LiveMemoryCounters counters = memory.counters();
      assertTrue(counters.lockedBytes() <= counters.capBytes());
      assertEquals(8 * MIB, counters.lockedBytes() + counters.unlockedBytes());
      assertTrue(counters.degradations().getOrDefault(Degradation.LOCK_CAP_REACHED, 0L) > 1);
      List<String> said = linesAbout(Degradation.LOCK_CAP_REACHED);
      assertEquals(1, said.size());
      assertTrue(said.getFirst().contains("cap_bytes=1887436"), said.getFirst());
      assertTrue(said.getFirst().contains("; give the process more memory"), said.getFirst());
    }
    assertEquals(0, memory.counters().lockedBytes());
    assertEquals(0, memory.counters().unlockedBytes());
  }

  /// Each of them is far below what may wait for the collector, and all together have three times
  /// the addresses of a process. Java's own last resort, one collection when there are none left,
  /// gives the cleaner a tenth of a second, which a busy machine may not have.
  @Test
  @EnabledOnOs(OS.LINUX)
  void closedRegionsOfAllNodesInOneProcessCallTheCollectorTogether() throws IOException {
    long before = collections();
    int nodes = 3 * 128;
    for (int node = 0; node < nodes; node++) {
      LiveMemory memory = LiveMemory.of(machineOf(64 * 1024));
      memory.map(directory.resolve("live-" + node), 1L << 40).close();
    }
    assertTrue(collections() - before >= nodes / 17, "one for every 16 TiB and more");
  }

  private static long collections() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionCount)
        .sum();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void memoryOfTheProcessNeedsNoFileBelowTheCap() throws IOException {
    LiveMemory memory = LiveMemory.of(machineOf(64 * 1024));
    try (LiveRegion region = memory.map(directory.resolve("live"), REGION)) {
      region.prepare(8 * MIB);
      assertFalse(Files.exists(directory.resolve("live")));
      assertEquals(8 * MIB, region.preparedBytes());
      assertEquals(0, region.bytes().address() % (2 * MIB));
      assertEquals(0, region.bytes().get(ValueLayout.JAVA_LONG, 8 * MIB - 8));
    }
    assertEquals(0, memory.counters().preparedBytes());
    assertEquals(0, memory.counters().hugePageBytes());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theCapCountsTheMemoryOfTheProcessWhetherItIsLockedOrNot() throws IOException {
    LiveMemory memory = LiveMemory.of(machineOf(2 * 1024).withLock(LiveMemoryConfig.Lock.OFF));
    try (LiveRegion region = memory.map(directory.resolve("live"), REGION)) {
      region.prepare(MIB);
      assertEquals(0, memory.counters().degradations().size());
      region.prepare(2 * MIB);
      assertEquals(1, memory.counters().degradations().get(Degradation.CAP_SPILLED));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatLiesAboveTheCapIsAFileThatKeepsWhatWasWritten() throws IOException {
    LiveMemory memory = LiveMemory.of(machineOf(2 * 1024));
    Path file = directory.resolve("live");
    try (LiveRegion region = memory.map(file, REGION)) {
      region.prepare(MIB);
      region.bytes().set(ValueLayout.JAVA_LONG, MIB - 8, 11);
      region.prepare(8 * MIB);
      region.bytes().set(ValueLayout.JAVA_LONG, MIB, 22);
      region.bytes().set(ValueLayout.JAVA_LONG, 8 * MIB - 8, 33);
      assertEquals(REGION, Files.size(file));
      assertEquals(11, region.bytes().get(ValueLayout.JAVA_LONG, MIB - 8));
      assertEquals(22, longIn(file, MIB));
      assertEquals(33, longIn(file, 8 * MIB - 8));
      assertEquals(1, linesAbout(Degradation.CAP_SPILLED).size());
    }
    assertFalse(Files.exists(file));
  }

  private static long longIn(Path file, long at) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      int _ = channel.read(word, at);
      return word.getLong(0);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aHomeOrTheWordMeansFiles() throws IOException {
    LiveMemoryConfig machine = machineOf(64 * 1024);
    for (LiveMemoryConfig config :
        List.of(
            machine.withHome(directory.resolve("home")),
            machine.withPlace(LiveMemoryConfig.Place.FILES))) {
      LiveMemory memory = LiveMemory.of(config);
      Path file = memory.placeFor(directory.resolve("tables")).resolve("live");
      try (LiveRegion region = memory.map(file, REGION)) {
        region.prepare(1);
        assertTrue(Files.exists(file), config.toString());
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void lockingIsOffWhenTheConfigurationSaysSo() throws IOException {
    LiveMemory memory =
        LiveMemory.of(LiveMemoryConfig.defaults().withLock(LiveMemoryConfig.Lock.OFF));
    try (LiveRegion region = memory.map(directory.resolve("live"), REGION)) {
      region.prepare(2 * MIB);
      assertEquals(0, memory.counters().lockedBytes());
      assertEquals(0, memory.counters().unlockedBytes());
    }
    assertEquals(0, linesAbout(Degradation.LOCK_REFUSED).size());
  }

  @Test
  void unreadableLimitsLockNothingMakeFilesAndSaySo() throws IOException {
    LiveMemory memory =
        LiveMemory.of(
            LiveMemoryConfig.defaults()
                .withRoots(directory.resolve("no-proc"), directory.resolve("no-cgroup")));
    try (LiveRegion region = memory.map(directory.resolve("live"), REGION)) {
      region.prepare(2 * MIB);
      assertEquals(0, memory.counters().lockedBytes());
      assertTrue(Files.exists(region.file()));
    }
    List<String> said = linesAbout(Degradation.LIMIT_UNKNOWN);
    assertEquals(1, said.size());
    String line = said.getFirst();
    assertTrue(line.contains("none is locked and tables lie in mapped files"), line);
    assertEquals(1, lines.list.size(), () -> lines.list.toString());
  }

  @Test
  void liveFilesOfDifferentDirectoriesNeverMeetInOneHome() throws IOException {
    Path home = directory.resolve("home");
    LiveMemory memory = LiveMemory.of(LiveMemoryConfig.withoutNativeCalls().withHome(home));
    Path one = memory.placeFor(Path.of("/data/a/b"));
    Path other = memory.placeFor(Path.of("/data/a~b"));
    assertNotEquals(one, other);
    assertTrue(one.startsWith(home) && other.startsWith(home));
    assertEquals(one, memory.placeFor(Path.of("/data/./a/b")));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theRealLibraryAnswersAndNamesWhatItRefuses() throws IOException {
    Libc libc = Libc.find().orElseThrow();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment page = arena.allocate(8192, 4096).asSlice(0, 4096);
      assertTrue(libc.populate(page).ok());
      assertEquals("EINVAL", libc.populate(page.asSlice(1)).symbol());
      MemorySegment nowhere = MemorySegment.ofAddress(1L << 44).reinterpret(4096);
      assertEquals("ENOMEM", libc.lock(nowhere).symbol());
      assertEquals("ENOMEM", libc.adviseHugePages(nowhere).symbol());
      assertEquals("EFAULT", libc.prefer(nowhere, 0).symbol());
      assertFalse(libc.prefer(page, 63).ok());
      assertFalse(libc.prefer(page, 1_023).ok());
      assertEquals("ENOSYS", libc.prefer(page, 1_024).symbol());
    }
  }

  @Test
  void directoriesCanBeMadeDurable() throws IOException {
    Directories.sync(directory);
    IOException refused =
        assertThrows(IOException.class, () -> Directories.sync(directory.resolve("none")));
    assertTrue(refused.toString().contains("directory="), refused.toString());
  }
}
