package io.vxmeta.raft.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.sun.management.ThreadMXBean;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.ReadResult;
import io.vxmeta.client.v1.ReadStreamResponse;
import io.vxmeta.client.v1.Record;
import io.vxmeta.raft.ratis.Replica.RaftRole;
import io.vxmeta.raft.read.ScriptedReplica;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.statemachine.AnswerSink;
import io.vxmeta.statemachine.GroupState;
import io.vxmeta.statemachine.GroupStateConfig;
import io.vxmeta.statemachine.MultiGet;
import io.vxmeta.statemachine.ProducerLimits;
import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.Slice;
import io.vxmeta.statemachine.batch.TransactionEncoder;
import io.vxmeta.statemachine.os.LiveMemory;
import io.vxmeta.statemachine.os.LiveMemoryConfig;
import io.vxmeta.statemachine.table.TableConfig;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Answers written from the table are, byte for byte, those of the generated classes.
final class ReadAnswersTest {
  private static final int NAMESPACE = 300;
  private static final int SHARDS = 4;
  private static final int RECORDS = 400;
  private static final int READS = 300;
  private static final List<RaftRole> ROLES = List.copyOf(EnumSet.allOf(RaftRole.class));

  @TempDir private Path directory;
  private final long seed = Long.getLong("vx.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Map<Integer, Record> twin = new HashMap<>();
  private final ScriptedReplica replica = new ScriptedReplica(new NodeId("node-1"));
  private final AnswerStamp stamp = new AnswerStamp("cluster-7");
  private final ReadAnswers answers = new ReadAnswers(stamp);
  private final ReadQuestion question = new ReadQuestion();

  /// Used for all reads, as a server uses them.
  private final MultiGet whole = MultiGet.whole();

  private final MultiGet withoutValues = MultiGet.withoutValues();

  @Test
  void answersAreTheBytesOfTheGeneratedClasses() throws IOException {
    try (GroupState state = GroupState.create(config())) {
      for (int index = 1; index <= RECORDS; index++) {
        put(state, index, random.nextInt(RECORDS), valueBytes());
      }
      for (int i = 0; i < READS; i++) {
        readOnce(state);
      }
      assertEquals(List.of(), state.verify());
    }
  }

  private void readOnce(GroupState state) throws IOException {
    boolean keysOnly = random.nextInt(3) == 0;
    List<Integer> numbers = new ArrayList<>();
    for (int count = 1 + random.nextInt(60); count > 0; count--) {
      numbers.add(random.nextInt(RECORDS));
    }
    replica.role = ROLES.get(random.nextInt(ROLES.size()));
    OptionalLong staleness =
        random.nextBoolean() ? OptionalLong.of(random.nextLong(5_000_000_000L)) : zeroOrNothing();
    Epoch epoch = new Epoch(1 + random.nextInt(300));
    ReadAnswer answer = answer(state, numbers, keysOnly, staleness, epoch);
    ReadResponse expected =
        expected(numbers, keysOnly)
            .setFreshness(stamp.of(replica, state.revision(), staleness, epoch))
            .build();
    if (random.nextBoolean()) {
      assertArrayEquals(expected.toByteArray(), drained(answer), "vx.seed=" + seed);
    } else {
      long id = random.nextLong() >>> random.nextInt(64);
      assertArrayEquals(
          ReadStreamResponse.newBuilder().setId(id).setRead(expected).build().toByteArray(),
          drained(answer.streamed(id)),
          "vx.seed=" + seed + " id=" + id);
    }
  }

  private OptionalLong zeroOrNothing() {
    return random.nextBoolean() ? OptionalLong.of(0) : OptionalLong.empty();
  }

  private ReadAnswer answer(
      GroupState state,
      List<Integer> numbers,
      boolean keysOnly,
      OptionalLong staleness,
      Epoch epoch)
      throws IOException {
    ReadRequest.Builder request = ReadRequest.newBuilder().setNamespace("default");
    numbers.forEach(number -> request.addKeys(key(number)));
    question.fillFromRead(new ByteArrayInputStream(request.build().toByteArray()));
    MultiGet keys = keysOnly ? withoutValues : whole;
    keys.clear();
    for (int i = 0; i < numbers.size(); i++) {
      question.place(i, NAMESPACE, numbers.get(i) % SHARDS);
      keys.add(
          question.shard(i), question.bytes(), question.tableKeyAt(i), question.tableKeyLength(i));
    }
    long revision = state.reader().read(keys);
    return answers.of(question, keys, new ReadAnswers.Origin(replica, revision, staleness, epoch));
  }

  /// As gRPC takes them, or a few at a time as a compressor would.
  private byte[] drained(ReadAnswer answer) throws IOException {
    int length = answer.available();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (random.nextBoolean()) {
      assertEquals(length, answer.drainTo(bytes));
    } else {
      bytes.write(answer.read());
      bytes.write(answer.readNBytes(7));
      bytes.write(answer.readAllBytes());
    }
    assertEquals(-1, answer.read());
    answer.close();
    answer.close();
    assertEquals(length, bytes.size());
    return bytes.toByteArray();
  }

  @Test
  void anAnswerCostsNoGarbageForItsKeys() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (GroupState state = GroupState.create(config())) {
      List<Integer> numbers = new ArrayList<>();
      for (int index = 1; index <= 200; index++) {
        put(state, index, index, 64);
        numbers.add(index);
      }
      Epoch epoch = new Epoch(1);
      answer(state, numbers, false, OptionalLong.of(0), epoch).close();
      ReadAnswers.Origin origin =
          new ReadAnswers.Origin(replica, state.revision(), OptionalLong.of(0), epoch);
      long least = Long.MAX_VALUE;
      // The first round grows the buffer that the others use again.
      for (int round = 0; round < 20; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        long revision = state.reader().read(whole);
        answers.of(question, whole, origin).close();
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        assertEquals(state.revision(), revision);
      }
      assertTrue(least < 600, "bytes allocated for 200 keys: " + least);
      assertEquals(List.of(), state.verify());
    }
  }

  @Test
  void aBufferIsUsedAgainOnceItsAnswerIsClosedAndOnlyOnce() {
    Spares<byte[]> buffers = new Spares<>(4, () -> new byte[64]);
    byte[] first = buffers.take();
    ReadAnswer answer = new ReadAnswer(buffers, first, ReadAnswer.HEAD_BYTES + 5);
    assertNotSame(first, buffers.take());
    answer.close();
    answer.close();
    assertSame(first, buffers.take());
    assertNotSame(first, buffers.take());
  }

  // ---- the naive twin

  private ReadResponse.Builder expected(List<Integer> numbers, boolean keysOnly) {
    ReadResponse.Builder expected = ReadResponse.newBuilder();
    for (int number : numbers) {
      ReadResult.Builder result = ReadResult.newBuilder();
      Record record = twin.get(number);
      if (record != null) {
        result.setRecord(keysOnly ? record.toBuilder().clearValue().build() : record);
      }
      expected.addResults(result);
    }
    return expected;
  }

  /// Now and then more than a buffer that is kept would hold with others.
  private int valueBytes() {
    return random.nextInt(99) == 0 ? 12_000 : random.nextInt(300);
  }

  private void put(GroupState state, int index, int number, int valueBytes) throws IOException {
    byte[] value = new byte[valueBytes];
    random.nextBytes(value);
    int flags = random.nextBoolean() ? random.nextInt() : 0;
    long expiry = random.nextInt(3) == 0 ? Long.MAX_VALUE - random.nextInt(99) : 0;
    byte[] key = key(number).toByteArray();
    TransactionEncoder encoder = new TransactionEncoder().beginAnonymous(NAMESPACE);
    encoder.putExpiring(number % SHARDS, Slice.of(key), Slice.of(value), flags, expiry);
    BatchWriter batch = new BatchWriter();
    assertTrue(batch.append(encoder.end()));
    byte[] entry = batch.seal(index);
    state.apply(entry, 0, entry.length, index, AnswerSink.NONE);
    Record before = twin.getOrDefault(number, Record.getDefaultInstance());
    twin.put(
        number,
        Record.newBuilder()
            .setKey(key(number))
            .setValue(ByteString.copyFrom(value))
            .setFlags(flags)
            .setExpiresAtMs(expiry)
            .setVersion(index)
            .setCreateVersion(before.getVersion() == 0 ? index : before.getCreateVersion())
            .build());
  }

  /// From 1 to some 200 bytes.
  private static ByteString key(int number) {
    return ByteString.copyFromUtf8(number + "k".repeat(number % 200));
  }

  private GroupStateConfig config() {
    return new GroupStateConfig(
        directory.resolve("live"),
        1,
        List.of(0, 1, 2, 3),
        TableConfig.defaults(),
        ProducerLimits.defaults(),
        LiveMemory.of(LiveMemoryConfig.defaults().withLock(LiveMemoryConfig.Lock.OFF)));
  }
}
