package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertFalse;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.vxmeta.raft.api.SlowOperations;
import io.vxmeta.raft.observe.LogFormat;
import io.vxmeta.shardmap.NodeId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// A node for which everything is slow tells of everything that it is asked, and not of what is in
/// it.
final class SlowOperationLogTest {
  private static final NodeId NODE = new NodeId("node-1");
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(SlowOperations.class);

  @TempDir private Path directory;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private final AppenderBase<ILoggingEvent> log =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(event.getFormattedMessage());
        }
      };

  @Test
  void callsAreToldWithWhereTheyWentAndWhoMadeThem() throws Exception {
    log.start();
    LOGGER.addAppender(log);
    try (TestCluster cluster =
        TestCluster.ofOneThatLogs(
            directory, new NodeConfig.Logs(LogFormat.TEXT, Duration.ofNanos(1)))) {
      cluster.awaitReady();
      Calls.write(
          cluster.channel(NODE),
          "hidden-key",
          Calls.put("hidden-key", "hidden-value", Calls.producer(41, 1)));
      Calls.read(cluster.channel(NODE), "hidden-key", Calls.LINEARIZABLE, 10_000);
      int shard = Calls.shardOf("hidden-key").value();
      String rest = " ms=\\d+ outcome=%s peer=/127\\.0\\.0\\.1:\\d+ left_out=\\d+";
      String write =
          "slow operation: method=Write shard=" + shard + " group=\\d mutations=1" + rest;
      String read =
          "slow operation: method=Read consistency=linearizable shard="
              + shard
              + " group=\\d keys=1"
              + rest;
      TestCluster.await(
          "a line for the write and one for the read",
          () ->
              lines.stream().anyMatch(line -> line.matches(write.formatted("applied")))
                  && lines.stream().anyMatch(line -> line.matches(read.formatted("ok"))));
      assertFalse(lines.toString().contains("hidden"), lines::toString);
    } finally {
      LOGGER.detachAppender(log);
    }
  }
}
