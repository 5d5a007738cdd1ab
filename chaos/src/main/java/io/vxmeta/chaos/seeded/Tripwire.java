package io.vxmeta.chaos.seeded;

import io.vxmeta.chaos.host.Filler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// What patched code touches at each fail point; does something there only when that point is
/// armed.
public final class Tripwire {
  /* Threads: any thread of the node touches; one daemon thread looks for orders.
   * State is static because bytecode has nothing else to reach it by; there is one node in a process.
   * An order is taken by deleting its file, so a node that comes back does not die of it again. Evidence is written BEFORE
   * the deed. */

  /// How often the control file is looked for.
  private static final long LOOK_NANOS = 5_000_000;

  private static final Map<String, Armed> ARMED = new ConcurrentHashMap<>();
  private static volatile Optional<Path> home = Optional.empty();

  private Tripwire() {}

  private record Armed(FailPoints.Order order, AtomicLong touches) {}

  /// Takes orders from the folder from now on; the one that lies there already is in force before
  /// this returns.
  static void watch(Path folder) {
    home = Optional.of(folder);
    look(folder);
    Thread.ofPlatform()
        .daemon()
        .name("fail-points")
        .start(() -> {
          while (true) {
            LockSupport.parkNanos(LOOK_NANOS);
            look(folder);
          }
        });
  }

  private static void look(Path folder) {
    Path orders = folder.resolve(FailPoints.ORDERS);
    try {
      for (String line : Files.readAllLines(orders)) {
        FailPoints.Order order = FailPoints.Order.parse(line);
        ARMED.put(order.point().place(), new Armed(order, new AtomicLong()));
      }
      Files.delete(orders);
    } catch (NoSuchFileException nothingOrdered) {
      // The usual case.
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the fail points to arm: file=" + orders, e);
    }
  }

  /// Called by patched code.
  public static void touched(String point) throws IOException {
    if (ARMED.isEmpty()) {
      return;
    }
    Armed armed = ARMED.get(point);
    if (armed != null && armed.touches.incrementAndGet() == armed.order.touch()) {
      ARMED.remove(point, armed);
      act(armed.order);
    }
  }

  private static void act(FailPoints.Order order) throws IOException {
    Path hits = home.orElseThrow().resolve(FailPoints.HITS);
    Files.writeString(hits, order + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    switch (order.action()) {
      case FailPoints.Halt _ -> Runtime.getRuntime().halt(FailPoints.HALTED);
      case FailPoints.Throw _ ->
          throw new IOException("made to fail: point=" + order.point().place());
      case FailPoints.Pause pause -> LockSupport.parkNanos(pause.millis() * 1_000_000L);
      case FailPoints.Fill fill -> fill(fill.filler());
    }
  }

  private static void fill(Path filler) throws IOException {
    try {
      Filler.fill(filler);
      Files.writeString(home.orElseThrow().resolve(FailPoints.FILLED), filler + "\n");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the disk was being filled: filler=" + filler, e);
    }
  }
}
