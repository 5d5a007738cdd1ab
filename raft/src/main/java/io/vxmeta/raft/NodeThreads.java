package io.vxmeta.raft;

import io.vxmeta.raft.numa.GroupHomes;
import io.vxmeta.raft.numa.Home;
import io.vxmeta.raft.ratis.FailStop;
import io.vxmeta.shardmap.NumaDomain;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The threads that the parts of one node share.
///
/// @param work tells callers what became of their writes, pages through scans, does what
///   administrators ask for; bounded, the caller runs what does not fit
/// @param homes begin the reads and writes of a NUMA domain's groups, on its CPUs; none where
///   groups have no homes; bounded as well
/// @param background writes snapshots; what does not fit any more is refused, and asked for again
///   later
/// @param receivers fetch snapshots from other nodes, a thread for each; refuse as well
/// @param senders send snapshots to other nodes, a thread for each; refuse as well
/// @param sweeper everything that is done a few times a second
record NodeThreads(
    ExecutorService work,
    Map<NumaDomain, ExecutorService> homes,
    ExecutorService background,
    ExecutorService receivers,
    ExecutorService senders,
    ScheduledExecutorService sweeper,
    FailStop failStop)
    implements AutoCloseable {
  /* Why three for snapshots: a receiver waits for another node's sender, so where they shared threads two nodes that fetch from
   *   each other waited for each other. A sender waits for its receiver alone, which has begun already. A writer waits for
   *   nobody, and lets the log be purged.
   */
  private static final Logger LOG = LoggerFactory.getLogger(NodeThreads.class);
  private static final int WORKERS_LEAST = 4;
  private static final int WORK_QUEUE_MAX = 65_536;
  private static final int BACKGROUND_THREADS = 4;
  private static final int BACKGROUND_QUEUE_MAX = 1_024;

  /// @param groups where they live: a worker runs on all CPUs, whichever thread gives it work
  ///   first, or on those of its home
  /// @param failStop ends the process when a periodic task dies of an error
  static NodeThreads start(GroupHomes groups, FailStop failStop) {
    int workers = Math.max(WORKERS_LEAST, 2 * Runtime.getRuntime().availableProcessors());
    Map<NumaDomain, ExecutorService> homes = new HashMap<>();
    for (Home home : groups.homes()) {
      homes.put(
          home.domain(),
          workers(
              home.cpus().size(),
              groups.kept(home, named("vx-home-" + home.domain().value() + "-"))));
    }
    return new NodeThreads(
        workers(workers, groups.free(named("vx-work-"))),
        Map.copyOf(homes),
        background(groups.free(named("vx-background-"))),
        background(groups.free(named("vx-receive-"))),
        background(groups.free(named("vx-send-"))),
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("vx-sweeper").daemon().factory()),
        failStop);
  }

  private static ThreadFactory named(String name) {
    return Thread.ofPlatform().name(name, 0).daemon().factory();
  }

  private static ExecutorService workers(int threads, ThreadFactory factory) {
    return new ThreadPoolExecutor(
        threads,
        threads,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(WORK_QUEUE_MAX),
        factory,
        new ThreadPoolExecutor.CallerRunsPolicy());
  }

  private static ExecutorService background(ThreadFactory factory) {
    return new ThreadPoolExecutor(
        BACKGROUND_THREADS,
        BACKGROUND_THREADS,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(BACKGROUND_QUEUE_MAX),
        factory);
  }

  /// Does it again and again, so long after its last end; an exception does not end that.
  void every(long ms, Runnable task) {
    var _ =
        sweeper.scheduleWithFixedDelay(
            () -> {
              try {
                task.run();
              } catch (RuntimeException e) {
                LOG.error("a periodic task failed and will be tried again", e);
              } catch (Error e) {
                failStop.stop("a periodic task died", e);
                throw e;
              }
            },
            ms,
            ms,
            TimeUnit.MILLISECONDS);
  }

  /// What was not begun is dropped.
  @Override
  public void close() {
    sweeper.shutdownNow();
    senders.shutdownNow();
    receivers.shutdownNow();
    background.shutdownNow();
    homes.values().forEach(ExecutorService::shutdownNow);
    work.shutdownNow();
  }
}
