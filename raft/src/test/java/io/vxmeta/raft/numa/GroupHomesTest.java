package io.vxmeta.raft.numa;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vxmeta.raft.numa.GroupHomes.ApplyThread;
import io.vxmeta.raft.numa.GroupHomes.Binding;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.os.IdSet;
import io.vxmeta.statemachine.os.ThreadAffinity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// Groups have homes where there are several domains, and nothing changes where there is one.
final class GroupHomesTest {
  private static final List<ShardGroupId> GROUPS =
      List.of(ShardGroupId.ROOT, new ShardGroupId(1), new ShardGroupId(2), new ShardGroupId(3));

  /// Of a machine with one domain nothing is asked.
  private static ThreadAffinity notAsked() {
    throw new AssertionError("expected no native call");
  }

  @TempDir private Path directory;
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(GroupHomes.class);
  }

  @BeforeEach
  void listen() {
    lines.start();
    logger().addAppender(lines);
  }

  @AfterEach
  void stopListening() {
    logger().detachAppender(lines);
  }

  private List<String> warnings() {
    return lines.list.stream()
        .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private Path sysfs() {
    return directory.resolve("sys");
  }

  private GroupHomes choose(Binding binding, Supplier<ThreadAffinity> affinity) {
    return GroupHomes.choose(
        binding, new GroupHomes.Roots(sysfs(), directory.resolve("proc")), GROUPS, affinity);
  }

  private static void assertNothingIsBound(GroupHomes homes) {
    ThreadFactory factory = Executors.defaultThreadFactory();
    assertSame(factory, homes.free(factory));
    assertEquals(List.of(), homes.homes());
    for (ShardGroupId group : GROUPS) {
      assertEquals(Optional.empty(), homes.of(group));
      homes.pinning(group).run();
      assertEquals(ApplyThread.ANYWHERE, homes.applyThread(group));
    }
  }

  @Test
  void withOneDomainNothingIsAskedAndNothingIsBound() throws IOException {
    MadeSysfs.ofAlike(sysfs(), 1, 8);
    GroupHomes homes = choose(Binding.AUTO, GroupHomesTest::notAsked);
    assertNothingIsBound(homes);
    assertEquals(1, homes.topology().orElseThrow().domains().size());
    assertEquals(List.of(), lines.list);
  }

  @Test
  void bindingCanBeSwitchedOff() throws IOException {
    MadeSysfs.ofAlike(sysfs(), 2, 8);
    GroupHomes homes = choose(Binding.OFF, GroupHomesTest::notAsked);
    assertNothingIsBound(homes);
    assertEquals(2, homes.topology().orElseThrow().domains().size());
    assertEquals(List.of(), warnings());
  }

  @Test
  void aKernelThatTellsNothingIsSaidOnce() {
    assertNothingIsBound(choose(Binding.AUTO, GroupHomesTest::notAsked));
    assertEquals(1, warnings().size());
    assertTrue(warnings().getFirst().contains("sysfs=" + sysfs()), warnings().getFirst());
  }

  @Test
  void whatIsNotUnderstoodIsSaidOnceWithTheFile() throws IOException {
    MadeSysfs.ofAlike(sysfs(), 2, 2).write("node/node1/cpulist", "some");
    assertNothingIsBound(choose(Binding.AUTO, GroupHomesTest::notAsked));
    assertEquals(1, warnings().size());
    assertTrue(
        warnings().getFirst().contains("node/node1/cpulist found=some"), warnings().getFirst());
  }

  @Test
  void aSystemWithoutTheCallsIsSaidOnce() throws IOException {
    MadeSysfs.ofAlike(sysfs(), 2, 2);
    assertNothingIsBound(choose(Binding.AUTO, ThreadAffinity::unknown));
    assertEquals(1, warnings().size());
    assertTrue(warnings().getFirst().contains("domains=2"), warnings().getFirst());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aProcessWithTheCpusOfOneDomainNeedsNoBinding() throws IOException {
    IdSet own = ThreadAffinity.ofSystem().allowed().orElseThrow();
    MadeSysfs.in(sysfs(), "0-4095")
        .domain(0, own.toString(), 8, "10 21")
        .domain(1, "4000-4007", 8, "21 10");
    assertNothingIsBound(choose(Binding.AUTO, ThreadAffinity::ofSystem));
    assertEquals(List.of(), warnings());
  }

  /// On two made-up domains, one with this machine's first CPU and one with its last.
  private GroupHomes twoHomes() throws IOException {
    List<Integer> own = ThreadAffinity.ofSystem().allowed().orElseThrow().all();
    MadeSysfs.in(sysfs(), "0-4095")
        .domain(0, own.getFirst().toString(), 8, "10 21")
        .domain(1, own.getLast().toString(), 8, "21 10");
    return choose(Binding.AUTO, ThreadAffinity::ofSystem);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void anApplyThreadIsKeptOnTheCpusOfItsHome() throws Exception {
    GroupHomes homes = twoHomes();
    for (ShardGroupId group : GROUPS) {
      Home home = homes.of(group).orElseThrow();
      assertEquals(ApplyThread.NOT_SEEN, homes.applyThread(group));
      FutureTask<Optional<IdSet>> run =
          new FutureTask<>(() -> {
            homes.pinning(group).run();
            return ThreadAffinity.ofSystem().allowed();
          });
      Thread.ofPlatform().daemon().start(run);
      assertEquals(Optional.of(home.cpus()), run.get(1, TimeUnit.MINUTES));
      assertEquals(ApplyThread.PINNED, homes.applyThread(group));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aWorkerThatAPinnedThreadMakesRunsAnywhere() throws Exception {
    IdSet all = ThreadAffinity.ofSystem().allowed().orElseThrow();
    GroupHomes homes = twoHomes();
    ThreadFactory factory = homes.free(Thread.ofPlatform().daemon().factory());
    FutureTask<Optional<IdSet>> worker =
        new FutureTask<>(() -> ThreadAffinity.ofSystem().allowed());
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          homes.pinning(ShardGroupId.ROOT).run();
          factory.newThread(worker).start();
        });
    assertEquals(Optional.of(all), worker.get(1, TimeUnit.MINUTES));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void memoryIsTakenWhereTheControlGroupAllowsIt() throws IOException {
    Path self = Files.createDirectories(directory.resolve("proc/self"));
    Files.writeString(self.resolve("status"), "Name:\tjava\nMems_allowed_list:\t1\n");
    GroupHomes homes = twoHomes();
    for (ShardGroupId group : GROUPS) {
      assertEquals(1, homes.of(group).orElseThrow().memory().value());
    }
  }
}
