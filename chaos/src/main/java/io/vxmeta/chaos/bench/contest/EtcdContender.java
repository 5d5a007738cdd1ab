package io.vxmeta.chaos.bench.contest;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// etcd: three members with their defaults; every call goes to the leader, which spares etcd the
/// way round.
final class EtcdContender implements Contender {
  static final String WORD = "etcd";

  private static final int MEMBERS = 3;

  /// A put and a read of everything in one transaction: 128 is etcd's own default, said here
  /// because the bench needs it.
  private static final int TRANSACTION_STEPS_MAX = Workload.MGET_KEYS;

  private static final int LOADS_IN_FLIGHT = 16;
  private static final long START_SECONDS = 60;

  private final RivalServers servers;
  private final List<ManagedChannel> channels;
  private final ManagedChannel asked;
  private final Setting setting;

  private EtcdContender(
      RivalServers servers, List<ManagedChannel> channels, ManagedChannel asked, Setting setting) {
    this.servers = servers;
    this.channels = channels;
    this.asked = asked;
    this.setting = setting;
  }

  static Contender start(Path folder, Setting setting) throws IOException {
    String program = RivalServers.program("etcd", "apt-get install etcd-server");
    List<Integer> ports = RivalServers.ports(2 * MEMBERS);
    String cluster =
        IntStream.range(0, MEMBERS)
            .mapToObj(i -> "m" + i + "=http://127.0.0.1:" + ports.get(2 * i + 1))
            .collect(Collectors.joining(","));
    RivalServers servers = new RivalServers();
    List<ManagedChannel> channels = new ArrayList<>();
    for (int i = 0; i < MEMBERS; i++) {
      Path member = Files.createDirectories(folder.resolve("m" + i));
      String client = "http://127.0.0.1:" + ports.get(2 * i);
      String peer = "http://127.0.0.1:" + ports.get(2 * i + 1);
      servers.start(
          List.of(
              program,
              "--name=m" + i,
              "--data-dir=" + member.resolve("data"),
              "--listen-client-urls=" + client,
              "--advertise-client-urls=" + client,
              "--listen-peer-urls=" + peer,
              "--initial-advertise-peer-urls=" + peer,
              "--initial-cluster=" + cluster,
              "--initial-cluster-state=new",
              "--max-txn-ops=" + TRANSACTION_STEPS_MAX,
              "--quota-backend-bytes=" + (8L << 30)),
          member.resolve("log"));
      channels.add(
          NettyChannelBuilder.forAddress("127.0.0.1", ports.get(2 * i)).usePlaintext().build());
    }
    int leader = leader(channels);
    int asked = setting.level() == ReadLevel.FOLLOWER ? (leader + 1) % MEMBERS : leader;
    return new EtcdContender(servers, channels, channels.get(asked), setting);
  }

  private static int leader(List<ManagedChannel> channels) {
    CallOptions patient =
        CallOptions.DEFAULT.withWaitForReady().withDeadlineAfter(START_SECONDS, TimeUnit.SECONDS);
    for (int i = 0; i < channels.size(); i++) {
      byte[] status =
          ClientCalls.blockingUnaryCall(
              channels.get(i), EtcdCalls.STATUS, patient, EtcdCalls.empty());
      if (EtcdCalls.leads(status)) {
        return i;
      }
    }
    return 0;
  }

  @Override
  public void load() throws InterruptedException {
    Semaphore room = new Semaphore(LOADS_IN_FLIGHT);
    long records = setting.keys().records();
    for (long first = 0; first < records; first += Workload.BULK_PUTS) {
      room.acquire();
      List<byte[]> puts = new ArrayList<>();
      for (long n = first; n < Math.min(records, first + Workload.BULK_PUTS); n++) {
        puts.add(EtcdCalls.put(BenchKeys.key(n), BenchKeys.value(n)));
      }
      var _ =
          call(EtcdCalls.TXN, EtcdCalls.transactionOfPuts(puts))
              .whenComplete((answer, problem) -> room.release());
    }
    room.acquire(LOADS_IN_FLIGHT);
  }

  @Override
  public boolean plays(Workload workload) {
    return workload != Workload.INSERT_STREAM && workload != Workload.STREAM128;
  }

  @Override
  public BenchResult measure(Workload workload, Pace pace)
      throws IOException, InterruptedException {
    return Contender.drive(WORD, workload, pace, servers.pids(), () -> call(workload));
  }

  private CompletableFuture<Long> call(Workload workload) {
    BenchKeys keys = setting.keys();
    return switch (workload) {
      case INSERT, INSERT_STREAM -> put(keys.fresh(1));
      case UPDATE -> put(keys.loaded());
      case BULK -> bulk(keys.fresh(Workload.BULK_PUTS));
      case GET -> get();
      case MGET128, STREAM128 -> readMany();
      case MIXED95 -> mixed(95);
      case MIXED50 -> mixed(50);
    };
  }

  private CompletableFuture<Long> mixed(int readsPerCent) {
    return ThreadLocalRandom.current().nextInt(100) < readsPerCent
        ? get()
        : put(setting.keys().loaded());
  }

  private CompletableFuture<Long> put(long number) {
    return call(EtcdCalls.PUT, EtcdCalls.put(BenchKeys.key(number), BenchKeys.value(number)))
        .thenApply(_ -> 1L);
  }

  private CompletableFuture<Long> bulk(long first) {
    List<byte[]> puts = new ArrayList<>();
    for (long n = first; n < first + Workload.BULK_PUTS; n++) {
      puts.add(EtcdCalls.put(BenchKeys.tagged(first, n), BenchKeys.value(n)));
    }
    return call(EtcdCalls.TXN, EtcdCalls.transactionOfPuts(puts))
        .thenApply(_ -> (long) Workload.BULK_PUTS);
  }

  private CompletableFuture<Long> get() {
    return call(EtcdCalls.RANGE, range())
        .thenApply(answer -> {
          if (EtcdCalls.count(answer) != 1) {
            throw new IllegalStateException("expected a loaded key in etcd's answer");
          }
          return 1L;
        });
  }

  private CompletableFuture<Long> readMany() {
    List<byte[]> ranges = new ArrayList<>();
    for (int i = 0; i < Workload.MGET_KEYS; i++) {
      ranges.add(range());
    }
    return call(EtcdCalls.TXN, EtcdCalls.transactionOfRanges(ranges))
        .thenApply(_ -> (long) Workload.MGET_KEYS);
  }

  private byte[] range() {
    return EtcdCalls.range(
        BenchKeys.key(setting.keys().loaded()), setting.level() == ReadLevel.LOCAL);
  }

  private CompletableFuture<byte[]> call(MethodDescriptor<byte[], byte[]> method, byte[] request) {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    ClientCalls.asyncUnaryCall(
        asked.newCall(method, CallOptions.DEFAULT), request, new FirstAnswer(answer));
    return answer;
  }

  @Override
  public void close() {
    for (ManagedChannel channel : channels) {
      channel.shutdownNow();
    }
    servers.close();
  }

  /// Hands the one answer of a call over.
  private record FirstAnswer(CompletableFuture<byte[]> answer) implements StreamObserver<byte[]> {
    @Override
    public void onNext(byte[] value) {
      answer.complete(value);
    }

    @Override
    public void onError(Throwable problem) {
      answer.completeExceptionally(problem);
    }

    @Override
    public void onCompleted() {
      answer.completeExceptionally(new IOException("expected an answer before the call's end"));
    }
  }
}
