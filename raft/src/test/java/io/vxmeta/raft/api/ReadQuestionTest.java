package io.vxmeta.raft.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.sun.management.ThreadMXBean;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadStreamRequest;
import io.vxmeta.client.v1.Token;
import io.vxmeta.statemachine.batch.Limits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A question read from the bytes says what the generated class reads from them, whatever they are.
final class ReadQuestionTest {
  private static final int MESSAGES = 10_000;
  private static final int GROUP_START = 3;
  private static final int GROUP_END = 4;

  private final long seed = Long.getLong("vx.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /// Used for all messages, as a server uses it.
  private final ReadQuestion question = new ReadQuestion();

  private interface Fill {
    void from(InputStream message) throws IOException;
  }

  @Test
  void everyMessageIsReadOrRefusedAsTheGeneratedClassDoes() throws IOException {
    int understood = 0;
    for (int i = 0; i < MESSAGES; i++) {
      byte[] message = damaged(odd());
      Optional<ReadRequest> whole = parsed(ReadRequest.parser(), message);
      check(message, question::fillFromRead, whole);
      understood += whole.isPresent() ? 1 : 0;

      byte[] streamed = damaged(oddStreamed());
      Optional<ReadStreamRequest> numbered = parsed(ReadStreamRequest.parser(), streamed);
      check(streamed, question::fillFromStreamed, numbered.map(ReadStreamRequest::getRead));
      numbered.ifPresent(read -> {
        assertEquals(read.getId(), question.id(), "vx.seed=" + seed);
        assertEquals(read.getTraceparent(), question.traceparent(), "vx.seed=" + seed);
      });
    }
    assertTrue(understood > MESSAGES / 4 && understood < MESSAGES, "of both kinds: " + understood);
  }

  @Test
  void bytesWithoutAnySenseAreReadOrRefusedInTheSameWay() throws IOException {
    for (int i = 0; i < MESSAGES; i++) {
      byte[] message = new byte[random.nextInt(24)];
      for (int at = 0; at < message.length; at++) {
        message[at] = (byte) (random.nextBoolean() ? random.nextInt(40) : random.nextInt(256));
      }
      check(message, question::fillFromRead, parsed(ReadRequest.parser(), message));
      check(
          message,
          question::fillFromStreamed,
          parsed(ReadStreamRequest.parser(), message).map(ReadStreamRequest::getRead));
    }
  }

  @Test
  void keysBeyondTheLimitAreCountedAndTakeNoRoom() throws IOException {
    ReadRequest.Builder request = ReadRequest.newBuilder().setNamespace("default");
    for (int i = 0; i < 3 * Limits.READ_KEYS_MAX; i++) {
      request.addKeys(ByteString.copyFromUtf8("k" + i));
    }
    question.fillFromRead(new ByteArrayInputStream(request.build().toByteArray()));
    assertEquals(3 * Limits.READ_KEYS_MAX, question.keys());
    assertEquals(2, question.keyLength(9));
    assertThrows(IndexOutOfBoundsException.class, () -> question.keyAt(Limits.READ_KEYS_MAX));
  }

  @Test
  void placedKeysAreTableKeysInTheMessage() throws IOException {
    ReadRequest request = usual(128);
    question.fillFromRead(new ByteArrayInputStream(request.toByteArray()));
    for (int key = 0; key < question.keys(); key++) {
      question.place(key, 0x1234, key % 128);
    }
    for (int key = 0; key < question.keys(); key++) {
      byte[] tableKey =
          ByteString.copyFrom(new byte[] {0x34, 0x12}).concat(request.getKeys(key)).toByteArray();
      assertArrayEquals(tableKey, bytes(question.tableKeyAt(key), question.tableKeyLength(key)));
      assertEquals(key % 128, question.shard(key));
    }
  }

  @Test
  void aMessageOfTheUsualShapeIsReadWithoutGarbage() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Consistency level =
        Consistency.newBuilder()
            .setLinearizable(Consistency.Linearizable.getDefaultInstance())
            .build();
    byte[] message = usual(128).toBuilder().setConsistency(level).build().toByteArray();
    ByteArrayInputStream input = new KnownBytes(message);
    long least = Long.MAX_VALUE;
    // The first rounds load classes and grow what the question keeps.
    for (int round = 0; round < 20; round++) {
      input.reset();
      long before = threads.getCurrentThreadAllocatedBytes();
      question.fillFromRead(input);
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertTrue(least < 256, "bytes allocated for 128 keys: " + least);
  }

  /// As gRPC hands over what came in.
  private static final class KnownBytes extends ByteArrayInputStream
      implements io.grpc.KnownLength {
    KnownBytes(byte[] message) {
      super(message);
    }
  }

  private ReadRequest usual(int keys) {
    ReadRequest.Builder request = ReadRequest.newBuilder().setNamespace("default");
    for (int i = 0; i < keys; i++) {
      byte[] key = new byte[1 + random.nextInt(200)];
      random.nextBytes(key);
      request.addKeys(ByteString.copyFrom(key));
    }
    return request.build();
  }

  // ---- comparing

  private static <M> Optional<M> parsed(Parser<M> parser, byte[] message) {
    try {
      return Optional.of(parser.parseFrom(message));
    } catch (InvalidProtocolBufferException malformed) {
      return Optional.empty();
    }
  }

  private void check(byte[] message, Fill fill, Optional<ReadRequest> expected) throws IOException {
    String about = "vx.seed=" + seed + " message=" + Arrays.toString(message);
    InputStream in =
        random.nextBoolean() ? new KnownBytes(message) : new ByteArrayInputStream(message);
    if (expected.isEmpty()) {
      assertThrows(InvalidProtocolBufferException.class, () -> fill.from(in), about);
      return;
    }
    fill.from(in);
    ReadRequest request = expected.get();
    assertEquals(request.getNamespace(), question.namespace(), about);
    assertEquals(request.getKeysOnly(), question.keysOnly(), about);
    assertEquals(level(request.getConsistency()), level(question.consistency()), about);
    assertEquals(request.getKeysCount(), question.keys(), about);
    for (int i = 0; i < question.keys(); i++) {
      assertArrayEquals(
          request.getKeys(i).toByteArray(),
          bytes(question.keyAt(i), question.keyLength(i)),
          about + " key=" + i);
    }
  }

  /// Absent is linearizable.
  private static Consistency level(Consistency consistency) {
    return consistency.hasLinearizable() ? Consistency.getDefaultInstance() : consistency;
  }

  private byte[] bytes(int from, int length) {
    return Arrays.copyOfRange(question.bytes(), from, from + length);
  }

  // ---- messages that no client of ours sends

  private byte[] oddStreamed() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    int fields = random.nextInt(4);
    for (int i = 0; i < fields; i++) {
      switch (random.nextInt(8)) {
        case 0, 1 -> out.writeUInt64(1, random.nextLong() >>> random.nextInt(64));
        case 2, 3, 4 -> out.writeByteArray(2, odd());
        case 5, 6 ->
            out.writeString(3, random.nextInt(9) == 0 ? "\u00e9" : "00-" + random.nextInt());
        default -> unknown(out);
      }
    }
    out.flush();
    return bytes.toByteArray();
  }

  private byte[] odd() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    int fields = random.nextInt(8);
    boolean strange = random.nextInt(3) == 0;
    for (int i = 0; i < fields; i++) {
      switch (random.nextInt(strange ? 9 : 7)) {
        case 0 -> out.writeString(1, strange ? "n\u00e9" : "ns-" + random.nextInt(3));
        case 1 -> out.writeMessage(3, consistency());
        case 2 -> out.writeBool(4, random.nextBoolean());
        case 3, 4, 5, 6 -> out.writeByteArray(2, new byte[random.nextInt(60)]);
        case 7 -> out.writeUInt64(4, random.nextLong());
        default -> unknown(out);
      }
    }
    out.flush();
    return bytes.toByteArray();
  }

  private Consistency consistency() {
    Consistency.Builder level = Consistency.newBuilder();
    return switch (random.nextInt(5)) {
      case 0 -> level.build();
      case 1 -> level.setLinearizable(Consistency.Linearizable.getDefaultInstance()).build();
      case 2 -> level.setLocal(Consistency.Local.getDefaultInstance()).build();
      case 3 ->
          level
              .setBounded(
                  Consistency.Bounded.newBuilder().setMaxStalenessMs(random.nextLong() >>> 40))
              .build();
      default ->
          level
              .setAtLeast(
                  Consistency.AtLeast.newBuilder()
                      .setToken(
                          Token.newBuilder()
                              .setGroup(random.nextInt(3))
                              .setRevision(random.nextInt(99))
                              .setClusterId("c")))
              .build();
    };
  }

  private void unknown(CodedOutputStream out) throws IOException {
    switch (random.nextInt(6)) {
      case 0 -> out.writeUInt64(5 + random.nextInt(500), random.nextLong());
      case 1 -> out.writeFixed32(9, random.nextInt());
      case 2 -> out.writeFixed64(1 + random.nextInt(9), random.nextLong());
      case 3 -> out.writeByteArray(4, new byte[random.nextInt(9)]);
      case 4 -> out.writeUInt64(1 + random.nextInt(3), random.nextInt());
      default -> {
        out.writeTag(7, GROUP_START);
        out.writeUInt64(1, random.nextInt());
        out.writeTag(random.nextInt(9) == 0 ? 8 : 7, GROUP_END);
      }
    }
  }

  /// Every third message with a byte changed, its end cut off, or its parts turned around.
  private byte[] damaged(byte[] message) {
    if (message.length == 0 || random.nextInt(3) > 0) {
      return message;
    }
    byte[] other = message.clone();
    int at = random.nextInt(message.length);
    switch (random.nextInt(3)) {
      case 0 -> other[at] = (byte) random.nextInt(256);
      case 1 -> other = Arrays.copyOf(message, at);
      default -> {
        System.arraycopy(message, at, other, 0, message.length - at);
        System.arraycopy(message, 0, other, message.length - at, at);
      }
    }
    return other;
  }
}
