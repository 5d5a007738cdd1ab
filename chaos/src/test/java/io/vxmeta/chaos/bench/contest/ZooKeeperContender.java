package io.vxmeta.chaos.bench.contest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/// ZooKeeper: three servers with their defaults, a session at each; its reads are those of the
/// server asked, of any age.
public final class ZooKeeperContender implements Contender {
  static final String WORD = "zookeeper";

  private static final int SERVERS = 3;
  private static final int SESSION_MILLIS = 30_000;
  private static final long START_SECONDS = 120;
  private static final int LOADS_IN_FLIGHT = 16;
  private static final String ROOT = "/bench";

  private final RivalServers servers;
  private final List<ZooKeeper> sessions;
  private final Setting setting;

  private ZooKeeperContender(RivalServers servers, List<ZooKeeper> sessions, Setting setting) {
    this.servers = servers;
    this.sessions = sessions;
    this.setting = setting;
  }

  /// How the bench finds it.
  public static final class ZooKeeperKind implements Contender.Kind {
    @Override
    public String word() {
      return WORD;
    }

    @Override
    public Contender start(Path folder, Setting setting) throws IOException, InterruptedException {
      return ZooKeeperContender.start(folder, setting);
    }
  }

  private static Contender start(Path folder, Setting setting)
      throws IOException, InterruptedException {
    List<Integer> ports = RivalServers.ports(3 * SERVERS);
    String members =
        IntStream.range(0, SERVERS)
            .mapToObj(i ->
                "server.%d=127.0.0.1:%d:%d".formatted(i, ports.get(3 * i), ports.get(3 * i + 1)))
            .collect(Collectors.joining("\n"));
    RivalServers servers = new RivalServers();
    for (int i = 0; i < SERVERS; i++) {
      Path server = folder.resolve("zk" + i);
      Path data = Files.createDirectories(server.resolve("data"));
      Files.writeString(data.resolve("myid"), String.valueOf(i));
      Path config =
          Files.writeString(
              server.resolve("zoo.cfg"),
              """
              dataDir=%s
              clientPort=%d
              clientPortAddress=127.0.0.1
              tickTime=2000
              initLimit=30
              syncLimit=15
              maxClientCnxns=0
              admin.enableServer=false
              %s
              """
                  .formatted(data, ports.get(3 * i + 2), members));
      servers.start(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx1g",
              "-Djava.net.preferIPv4Stack=true",
              "-cp",
              System.getProperty("java.class.path"),
              "org.apache.zookeeper.server.quorum.QuorumPeerMain",
              config.toString()),
          server.resolve("log"));
    }
    List<ZooKeeper> sessions = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      sessions.add(session("127.0.0.1:" + ports.get(3 * i + 2), folder));
    }
    ZooKeeperContender contender = new ZooKeeperContender(servers, sessions, setting);
    contender.createRoot();
    return contender;
  }

  private static ZooKeeper session(String server, Path folder)
      throws IOException, InterruptedException {
    CountDownLatch connected = new CountDownLatch(1);
    Watcher watcher =
        event -> {
          if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
            connected.countDown();
          }
        };
    ZooKeeper session = new ZooKeeper(server, SESSION_MILLIS, watcher);
    if (!connected.await(START_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("ZooKeeper does not answer: server=" + server + "; see " + folder);
    }
    return session;
  }

  private void createRoot() throws IOException, InterruptedException {
    try {
      String _ =
          sessions.get(0).create(ROOT, empty(), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    } catch (KeeperException e) {
      throw new IOException("ZooKeeper did not take the first node: " + e.getMessage(), e);
    }
  }

  private static byte[] empty() {
    return new byte[0];
  }

  @Override
  public void load() throws InterruptedException {
    Semaphore room = new Semaphore(LOADS_IN_FLIGHT);
    long records = setting.keys().records();
    for (long first = 0; first < records; first += Workload.BULK_PUTS) {
      room.acquire();
      var _ =
          create(first, Math.min(records, first + Workload.BULK_PUTS))
              .whenComplete((answer, problem) -> room.release());
    }
    room.acquire(LOADS_IN_FLIGHT);
  }

  @Override
  public boolean plays(Workload workload) {
    return switch (workload) {
      case INSERT, UPDATE, BULK, GET, MIXED95, MIXED50 -> true;
      case INSERT_STREAM, MGET128, STREAM128 -> false;
    };
  }

  @Override
  public BenchResult measure(Workload workload, Pace pace)
      throws IOException, InterruptedException {
    return Contender.drive(WORD, workload, pace, servers.pids(), () -> call(workload));
  }

  private CompletableFuture<Long> call(Workload workload) {
    BenchKeys keys = setting.keys();
    return switch (workload) {
      case INSERT -> insert(keys.fresh(1));
      case UPDATE -> update(keys.loaded());
      case BULK -> {
        long first = keys.fresh(Workload.BULK_PUTS);
        yield create(first, first + Workload.BULK_PUTS);
      }
      case GET -> get();
      case MIXED95 -> mixed(95);
      case MIXED50 -> mixed(50);
      case INSERT_STREAM, MGET128, STREAM128 ->
          throw new IllegalArgumentException("ZooKeeper has no " + workload.word());
    };
  }

  private CompletableFuture<Long> mixed(int readsPerCent) {
    return ThreadLocalRandom.current().nextInt(100) < readsPerCent
        ? get()
        : update(setting.keys().loaded());
  }

  /// As long as the keys of others.
  private static String path(long number) {
    return ROOT + "/%025d".formatted(number);
  }

  private ZooKeeper any() {
    return sessions.get(ThreadLocalRandom.current().nextInt(sessions.size()));
  }

  private CompletableFuture<Long> insert(long number) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    any()
        .create(
            path(number),
            BenchKeys.value(number),
            ZooDefs.Ids.OPEN_ACL_UNSAFE,
            CreateMode.PERSISTENT,
            (code, path, context, name) -> end(answer, code, 1),
            null);
    return answer;
  }

  private CompletableFuture<Long> update(long number) {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    any()
        .setData(
            path(number),
            BenchKeys.value(number),
            -1,
            (code, path, context, stat) -> end(answer, code, 1),
            null);
    return answer;
  }

  private CompletableFuture<Long> get() {
    CompletableFuture<Long> answer = new CompletableFuture<>();
    any()
        .getData(
            path(setting.keys().loaded()),
            false,
            (code, path, context, data, stat) -> end(answer, code, 1),
            null);
    return answer;
  }

  private CompletableFuture<Long> create(long from, long to) {
    List<Op> creates = new ArrayList<>();
    for (long number = from; number < to; number++) {
      creates.add(
          Op.create(
              path(number),
              BenchKeys.value(number),
              ZooDefs.Ids.OPEN_ACL_UNSAFE,
              CreateMode.PERSISTENT));
    }
    CompletableFuture<Long> answer = new CompletableFuture<>();
    any().multi(creates, (code, path, context, results) -> end(answer, code, to - from), null);
    return answer;
  }

  private static void end(CompletableFuture<Long> answer, int code, long operations) {
    if (code == KeeperException.Code.OK.intValue()) {
      answer.complete(operations);
    } else {
      answer.completeExceptionally(KeeperException.create(KeeperException.Code.get(code)));
    }
  }

  @Override
  public void close() {
    try {
      for (ZooKeeper session : sessions) {
        session.close(SESSION_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      servers.close();
    }
  }
}
