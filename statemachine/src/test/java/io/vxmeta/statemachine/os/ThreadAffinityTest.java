package io.vxmeta.statemachine.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// Threads run where they are told, by the kernel's own word.
final class ThreadAffinityTest {

  /// On a thread of its own, so that no other test runs on a pinned one.
  private static <T> T onNewThread(Callable<T> task) throws Exception {
    FutureTask<T> run = new FutureTask<>(task);
    Thread thread = Thread.ofPlatform().daemon().start(run);
    T result = run.get(1, TimeUnit.MINUTES);
    thread.join();
    return result;
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aPinnedThreadRunsOnItsCpuAlone() throws Exception {
    ThreadAffinity affinity = ThreadAffinity.ofSystem();
    IdSet all = affinity.allowed().orElseThrow();
    assertFalse(all.isEmpty());
    for (int cpu : all.all()) {
      onNewThread(() -> {
        assertEquals(Optional.empty(), affinity.pin(IdSet.of(cpu)));
        assertEquals(Optional.of(IdSet.of(cpu)), affinity.allowed());
        assertEquals(OptionalInt.of(cpu), affinity.cpu());
        return cpu;
      });
    }
    assertEquals(Optional.of(all), affinity.allowed(), "other threads keep their CPUs");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aThreadTakesOverTheCpusOfItsMakerUntilItSetsItsOwn() throws Exception {
    ThreadAffinity affinity = ThreadAffinity.ofSystem();
    IdSet all = affinity.allowed().orElseThrow();
    IdSet one = IdSet.of(all.all().getLast());
    onNewThread(() -> {
      assertEquals(Optional.empty(), affinity.pin(one));
      assertEquals(Optional.of(one), onNewThread(affinity::allowed));
      return onNewThread(() -> {
        assertEquals(Optional.empty(), affinity.pin(all));
        assertEquals(Optional.of(all), affinity.allowed());
        return one;
      });
    });
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void theKernelsRefusalIsNamed() throws Exception {
    ThreadAffinity affinity = ThreadAffinity.ofSystem();
    IdSet before = affinity.allowed().orElseThrow();
    assertEquals(Optional.of("EINVAL"), onNewThread(() -> affinity.pin(IdSet.EMPTY)));
    assertEquals(Optional.of("EINVAL"), onNewThread(() -> affinity.pin(IdSet.of(8_000))));
    assertEquals(Optional.of(before), affinity.allowed());
  }

  @Test
  void withoutNativeCallsNothingIsKnownAndNothingIsDone() {
    ThreadAffinity affinity = ThreadAffinity.unknown();
    assertEquals(Optional.of("ENOSYS"), affinity.pin(IdSet.of(0)));
    assertEquals(Optional.empty(), affinity.allowed());
    assertTrue(affinity.cpu().isEmpty());
  }
}
