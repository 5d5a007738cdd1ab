package io.vxmeta.chaos.rehearsal;

import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.cluster.VxHome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `vxctl rehearse`: gives a JVM something to record; `./vx` makes the AOT cache of a build with
/// it.
@Command(
    name = "rehearse",
    description =
        "Plays a cluster's life in this process, for a JVM that was started with -XX:AOTCacheOutput.",
    mixinStandardHelpOptions = true)
public final class RehearseCommand implements Callable<Integer> {
  private static final int FAILED = 1;

  @Option(
      names = "--turn-ms",
      defaultValue = "1000",
      description = "How long each hot path is kept busy. Default: ${DEFAULT-VALUE}")
  private long turnMs;

  @Option(
      names = "--at-most-seconds",
      defaultValue = "240",
      description = "Given up after so long. Default: ${DEFAULT-VALUE}")
  private long atMostSeconds;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = VxHome.emptyFolder("rehearsal");
    Rehearsal rehearsal = new Rehearsal(folder, Duration.ofMillis(turnMs));
    FutureTask<Integer> played =
        new FutureTask<>(() -> {
          rehearsal.play();
          return 0;
        });
    var _ = Thread.ofPlatform().daemon().name("rehearsal").start(played);
    try {
      return played.get(atMostSeconds, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      return fail("it was not over after " + atMostSeconds + " s; is the machine that busy?");
    } catch (ExecutionException e) {
      return e.getCause() instanceof NodeStopped stopped
          ? fail(String.valueOf(stopped.getMessage()))
          : fail("it broke off: " + e.getCause());
    } finally {
      Path _ = VxHome.emptyFolder("rehearsal");
    }
  }

  private static int fail(String message) {
    System.err.println("vxctl: error: " + message);
    return FAILED;
  }
}
