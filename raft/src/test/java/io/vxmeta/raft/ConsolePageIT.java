package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vxmeta.client.Bytes;
import io.vxmeta.client.ClientConfig;
import io.vxmeta.client.Transaction;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Placement;
import io.vxmeta.shardmap.ShardGroupId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// What people see: the console of real nodes in a real browser.
final class ConsolePageIT {
  private static final ShardGroupId GROUP = new ShardGroupId(1);
  private static final int KEYS = 40;
  private static final String ALL_KNOWN =
      "document.querySelectorAll('.grid .cell').length === 128"
          + " && document.querySelectorAll('.grid .cell[data-level=\"unknown\"],"
          + " .grid .cell[data-level=\"leaderless\"]').length === 0";
  private static final String LEADER =
      "document.querySelector('#groups tr[data-group=\"1\"] [data-is=leader]')?.textContent";

  @TempDir private static Path directory;

  /// A browser that was ended may still let go of its files.
  @TempDir(cleanup = CleanupMode.NEVER)
  private static Path profile;

  private static TestCluster cluster;
  private static Chromium browser;

  @BeforeAll
  static void start() throws IOException {
    Optional<Path> program = Chromium.program();
    assumeTrue(
        program.isPresent(),
        "chromium is not installed: apt-get install --no-install-recommends chromium");
    // Whatever elections a busy machine brings, the preferred leader leads again.
    cluster = TestCluster.ofThreeThatSpreadLeaders(directory);
    browser = Chromium.start(program.orElseThrow(), profile);
    cluster.awaitReady();
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void theStopOfALeaderShowsOnTheOthersPages() throws IOException {
    NodeId leader;
    try (VxClient client =
        VxClient.connect(
            ClientConfig.of(cluster.clientEndpoints()).withDeadline(TestCluster.PATIENCE))) {
      for (int number = 0; number < KEYS; number++) {
        client.write(
            Transaction.put(Calls.NAMESPACE, Bytes.utf8("key-" + number), Bytes.utf8("value")));
      }
      leader = Placement.preferredLeader(client.shardMap().group(GROUP));
    }
    NodeId viewer =
        cluster.nodes().stream().filter(node -> !node.equals(leader)).findFirst().orElseThrow();
    browser.resize(1280, 1000);
    browser.open("http://" + cluster.node(viewer).admin() + "/");

    browser.await(ALL_KNOWN);
    browser.await("document.getElementById('speaker').textContent === '" + viewer + "'");
    browser.await(LEADER + " === '★ " + leader + "'");
    browser.await("document.querySelectorAll('#nodes [data-is=up]').length === 2");
    movesByKeys();
    fitsIn(1280);
    fitsIn(800);
    browser.resize(1280, 1000);
    keep("console.png");

    cluster.stop(leader);
    long stoppedNanos = System.nanoTime();
    browser.await(LEADER + "?.startsWith('★') && " + LEADER + " !== '★ " + leader + "'");
    System.out.println(
        "a new leader shows ms="
            + (System.nanoTime() - stoppedNanos) / 1_000_000
            + " after the stop");
    browser.await("document.querySelectorAll('#nodes [data-is=down]').length === 1");
    browser.await(
        "document.getElementById('events').textContent.includes('no connection to "
            + leader
            + "')");
    browser.await("!document.getElementById('problems').hidden");
    keep("console-without-a-node.png");
    assertEquals(List.of(), browser.complaints());
  }

  private static void movesByKeys() {
    browser.evaluate("document.querySelector('.grid .cell').focus()");
    browser.press("ArrowRight");
    browser.press("ArrowDown");
    browser.await("document.getElementById('shard').textContent.startsWith('Shard 17 ·')");
    browser.evaluate("document.querySelector('input[value=dirty]').click()");
    browser.await("document.querySelector('.grid .cell b').textContent.endsWith('%')");
    browser.evaluate("document.querySelector('input[value=load]').click()");
  }

  private static void fitsIn(int width) {
    browser.resize(width, 1000);
    int needed = browser.evaluate("document.documentElement.scrollWidth").getAsInt();
    assertTrue(needed <= width, () -> "the page is " + needed + " wide on a screen of " + width);
  }

  /// For whoever wants to see it.
  private static void keep(String file) throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "console"));
    Files.write(folder.resolve(file), browser.screenshot());
  }
}
