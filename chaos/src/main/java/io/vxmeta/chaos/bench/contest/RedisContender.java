package io.vxmeta.chaos.bench.contest;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Redis: one server that replicates and saves nothing, asked by its own redis-benchmark with 64
/// requests in a pipeline.
final class RedisContender implements Contender {
  /* What is measured is what Redis' own tool says, because no client of ours would do it justice. It counts requests, not
   * seconds: a short run first tells how many fill the time. */

  static final String WORD = "redis";

  private static final int PIPELINE = 64;
  private static final int CONNECTIONS = 50;
  private static final int TRIAL_REQUESTS = 200_000;
  private static final int READY_TRIES = 200;

  /// Together with the 12 digits redis-benchmark puts at the end: 32 bytes.
  private static final String PREFIX = "bench/entity/0000000";

  private static final Pattern THROUGHPUT = Pattern.compile("throughput summary: ([0-9.]+)");
  private static final Pattern PERCENTILE =
      Pattern.compile("([0-9.]+)% <= ([0-9.]+) milliseconds \\(cumulative");

  private final RivalServers servers;
  private final String benchmark;
  private final String commandLine;
  private final int port;
  private final Setting setting;

  private RedisContender(
      RivalServers servers, String benchmark, String commandLine, int port, Setting setting) {
    this.servers = servers;
    this.benchmark = benchmark;
    this.commandLine = commandLine;
    this.port = port;
    this.setting = setting;
  }

  static Contender start(Path folder, Setting setting) throws IOException, InterruptedException {
    String remedy = "apt-get install redis-server redis-tools";
    String server = RivalServers.program("redis-server", remedy);
    int port = RivalServers.ports(1).get(0);
    RivalServers servers = new RivalServers();
    servers.start(
        List.of(
            server,
            "--port",
            String.valueOf(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            folder.toString()),
        folder.resolve("log"));
    RedisContender redis =
        new RedisContender(
            servers,
            RivalServers.program("redis-benchmark", remedy),
            RivalServers.program("redis-cli", remedy),
            port,
            setting);
    redis.awaitReady(folder);
    return redis;
  }

  private void awaitReady(Path folder) throws IOException, InterruptedException {
    for (int tries = 0; tries < READY_TRIES; tries++) {
      servers.requireAlive(folder);
      if (run(List.of(commandLine, "-p", String.valueOf(port), "ping")).contains("PONG")) {
        return;
      }
    }
    throw new IOException("redis-server does not answer: port=" + port + "; see " + folder);
  }

  @Override
  public void load() throws IOException, InterruptedException {
    Process pipe =
        new ProcessBuilder(commandLine, "-p", String.valueOf(port), "--pipe")
            .redirectErrorStream(true)
            .redirectOutput(Files.createTempFile("redis-load", ".log").toFile())
            .start();
    try (OutputStream out = new BufferedOutputStream(pipe.getOutputStream(), 1 << 20)) {
      for (long number = 0; number < setting.keys().records(); number++) {
        String key = PREFIX + String.format(Locale.ROOT, "%012d", number);
        out.write(
            ("*3\r\n$3\r\nSET\r\n$"
                    + key.length()
                    + "\r\n"
                    + key
                    + "\r\n$"
                    + BenchKeys.VALUE_BYTES
                    + "\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.write(BenchKeys.value(number));
        out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
      }
    }
    if (pipe.waitFor() != 0) {
      throw new IOException("redis-cli could not load: exit_code=" + pipe.exitValue());
    }
  }

  /// Reads alone: an unreplicated write that is not synced is no rival of a durable one.
  @Override
  public boolean plays(Workload workload) {
    return workload == Workload.GET || workload == Workload.STREAM128;
  }

  @Override
  public BenchResult measure(Workload workload, Pace pace)
      throws IOException, InterruptedException {
    int pipeline = workload == Workload.GET ? 1 : PIPELINE;
    double rate = throughput(ask(TRIAL_REQUESTS, pipeline));
    ask((long) (rate * pace.warmupSeconds()) + TRIAL_REQUESTS, pipeline);
    long cpu = ServerCpu.micros(servers.pids());
    long requests = (long) (rate * pace.seconds()) + TRIAL_REQUESTS;
    String said = ask(requests, pipeline);
    return new BenchResult(
        workload.word(),
        WORD,
        requests,
        requests / throughput(said),
        new BenchResult.Latency(micros(said, 50), micros(said, 99), micros(said, 99.9)),
        ServerCpu.micros(servers.pids()) - cpu,
        0);
  }

  private String ask(long requests, int pipeline) throws IOException, InterruptedException {
    return run(
        List.of(
            benchmark,
            "-p",
            String.valueOf(port),
            "-c",
            String.valueOf(CONNECTIONS),
            "-P",
            String.valueOf(pipeline),
            "-n",
            String.valueOf(requests),
            "-r",
            String.valueOf(setting.keys().records()),
            "GET",
            PREFIX + "__rand_int__"));
  }

  static double throughput(String said) throws IOException {
    Matcher found = THROUGHPUT.matcher(said);
    if (!found.find()) {
      throw new IOException("expected redis-benchmark to name its throughput: said=" + said);
    }
    return Double.parseDouble(found.group(1));
  }

  /// The latency below which this share of the requests stayed.
  static long micros(String said, double percentile) throws IOException {
    Matcher line = PERCENTILE.matcher(said);
    while (line.find()) {
      if (Double.parseDouble(line.group(1)) >= percentile) {
        return Math.round(Double.parseDouble(line.group(2)) * 1_000);
      }
    }
    throw new IOException("expected percentiles of redis-benchmark: said=" + said);
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  @Override
  public void close() {
    servers.close();
  }
}
