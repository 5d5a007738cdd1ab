package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.vxmeta.client.v1.Add;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.CreateSnapshotRequest;
import io.vxmeta.client.v1.GetStatusRequest;
import io.vxmeta.client.v1.Mutation;
import io.vxmeta.client.v1.Put;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.SetAdd;
import io.vxmeta.client.v1.WriteRequest;
import io.vxmeta.client.v1.WriteResponse;
import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node goes on from the files that an earlier build left: votes, logs, snapshots, everything.
final class RecordedNodeTest {
  /* The files are bytes that were recorded once and are never made again: that this build reads what it writes itself, other
   *   tests say. `main` recorded them; it stands here so that the next format's files can be recorded in the same way, into
   *   a file of another name, before that format changes.
   * In each group a snapshot holds the first half of the writes, and the log all of them, because its first file was not full: so the
   *   test looks whether the node began with the snapshots.
   */

  private static final String RECORDED = "/recorded/node-files-1.zip";
  private static final NodeId NODE = new NodeId("node-1");
  private static final long PRODUCER = 4_711;
  private static final int DATA_GROUPS = 3;
  private static final int KEYS = 120;

  /// 2199 in milliseconds since 1970: the record is there whenever this test runs.
  private static final long FAR_AWAY = 7_226_582_400_000L;

  @TempDir private Path directory;

  /// Records a node's files into the zip file of that name.
  static void main(String[] args) throws IOException {
    Path files = Files.createTempDirectory("recorded-node");
    try (TestCluster cluster = TestCluster.ofOne(files)) {
      cluster.awaitReady();
      for (int key = 0; key < KEYS; key++) {
        if (key == KEYS / 2) {
          snapshot(cluster);
        }
        var _ = Calls.write(cluster.channel(NODE), name(key), request(key));
      }
    }
    zip(files.resolve(NODE.value()), Path.of(args[0]));
  }

  private static void snapshot(TestCluster cluster) {
    for (int group = 0; group <= DATA_GROUPS; group++) {
      var _ =
          ClusterAdminGrpc.newBlockingStub(cluster.channel(NODE))
              .createSnapshot(CreateSnapshotRequest.newBuilder().setGroup(group).build());
    }
  }

  private static String name(int key) {
    return "recorded-" + key;
  }

  /// Plain values, numbers, sets, flags and moments.
  private static WriteRequest request(int key) {
    Mutation.Builder mutation = Mutation.newBuilder().setKey(ByteString.copyFromUtf8(name(key)));
    switch (key % 4) {
      case 0 -> mutation.setPut(Put.newBuilder().setValue(value(key)));
      case 1 -> mutation.setAdd(Add.newBuilder().setDelta(key));
      case 2 -> mutation.setSetAdd(SetAdd.newBuilder().addMembers(value(key)));
      default ->
          mutation.setPut(
              Put.newBuilder().setValue(value(key)).setFlags(key).setExpiresAtMs(FAR_AWAY));
    }
    return WriteRequest.newBuilder()
        .setNamespace(Calls.NAMESPACE)
        .addMutations(mutation)
        .setProducer(Calls.producer(PRODUCER, key + 1L))
        .build();
  }

  private static ByteString value(int key) {
    return ByteString.copyFromUtf8("value " + key);
  }

  @Test
  void aNodeGoesOnFromTheFilesOfAnEarlierBuild() throws IOException {
    unzip(directory.resolve(NODE.value()));
    try (TestCluster cluster = TestCluster.ofOne(directory)) {
      cluster.awaitReady();
      assertTrue(
          ClusterAdminGrpc.newBlockingStub(cluster.channel(NODE))
              .getStatus(GetStatusRequest.getDefaultInstance())
              .getReplicasList()
              .stream()
              .allMatch(replica -> replica.getSnapshotIndex() > 0),
          "each group began with its snapshot");
      for (int key = 0; key < KEYS; key++) {
        assertRecord(
            key, Calls.readPatiently(cluster.channel(NODE), name(key), Calls.LINEARIZABLE));
        WriteResponse again = Calls.write(cluster.channel(NODE), name(key), request(key));
        assertTrue(again.getReplayed(), "the first answer is remembered: key=" + key);
      }
      String key = name(0);
      WriteResponse overwritten =
          Calls.write(
              cluster.channel(NODE), key, Calls.put(key, "new", Calls.producer(PRODUCER, 999)));
      assertFalse(overwritten.getReplayed());
      assertTrue(overwritten.getResults(0).getExisted());
      assertEquals(
          "new", Calls.valueOf(Calls.read(cluster.channel(NODE), key, Calls.LINEARIZABLE, 10_000)));
      assertEquals(List.of(), cluster.takeFatal());
    }
  }

  private static void assertRecord(int key, ReadResponse read) {
    assertTrue(read.getResults(0).hasRecord(), "key=" + key);
    var record = read.getResults(0).getRecord();
    switch (key % 4) {
      case 0 -> assertEquals(value(key), record.getValue());
      case 1 -> assertEquals(key, record.getValue().byteAt(record.getValue().size() - 1) & 0xff);
      case 2 -> assertTrue(record.getValue().toStringUtf8().endsWith("value " + key));
      default -> {
        assertEquals(value(key), record.getValue());
        assertEquals(key, record.getFlags());
        assertEquals(FAR_AWAY, record.getExpiresAtMs());
      }
    }
  }

  private static void zip(Path from, Path to) throws IOException {
    try (OutputStream file = Files.newOutputStream(to);
        ZipOutputStream zip = new ZipOutputStream(file);
        Stream<Path> found = Files.walk(from)) {
      for (Path each : found.filter(Files::isRegularFile).sorted().toList()) {
        zip.putNextEntry(new ZipEntry(from.relativize(each).toString()));
        long _ = Files.copy(each, zip);
        zip.closeEntry();
      }
    }
  }

  private static void unzip(Path to) throws IOException {
    try (InputStream resource =
            Objects.requireNonNull(RecordedNodeTest.class.getResourceAsStream(RECORDED));
        ZipInputStream zip = new ZipInputStream(resource)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path file = to.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        long _ = Files.copy(zip, file);
      }
    }
  }
}
