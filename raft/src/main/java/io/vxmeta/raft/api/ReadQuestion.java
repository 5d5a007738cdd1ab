package io.vxmeta.raft.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.KnownLength;
import io.vxmeta.client.v1.Consistency;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadStreamRequest;
import io.vxmeta.shardmap.ShardHash;
import io.vxmeta.statemachine.batch.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A read as it arrived: where its keys lie in the bytes of the message, and whatever else it says.
///
/// Filled and used again by one call after another; see [Spares].
final class ReadQuestion {
  /* Threads: one at a time; a call hands it on from thread to thread.
   *
   * Reading: messages of the usual shape (each field once, no unknown ones, an ASCII namespace) are read here, without
   *   a message object. Every other message, malformed ones among them, is given to the generated class, and what that makes
   *   of it is read here. So there is one judge of what is well formed, and the quick way only has to be right about
   *   what it accepts.
   *
   * Table keys: the two bytes in front of a key in the message, its tag and (the last byte of) its length, are written over
   *   with the namespace's number once they have been read, which makes a table key of the key where it lies.
   */

  /// Tags: a field's number and its wire type, 0 for numbers and 2 for what has a length.
  private static final int NAMESPACE = ReadRequest.NAMESPACE_FIELD_NUMBER << 3 | 2;

  private static final int KEYS = ReadRequest.KEYS_FIELD_NUMBER << 3 | 2;
  private static final int CONSISTENCY = ReadRequest.CONSISTENCY_FIELD_NUMBER << 3 | 2;
  private static final int KEYS_ONLY = ReadRequest.KEYS_ONLY_FIELD_NUMBER << 3;
  private static final int ID = ReadStreamRequest.ID_FIELD_NUMBER << 3;
  private static final int READ = ReadStreamRequest.READ_FIELD_NUMBER << 3 | 2;
  private static final int TRACEPARENT = ReadStreamRequest.TRACEPARENT_FIELD_NUMBER << 3 | 2;
  private static final int LINEARIZABLE = Consistency.LINEARIZABLE_FIELD_NUMBER << 3 | 2;
  private static final int LOCAL = Consistency.LOCAL_FIELD_NUMBER << 3 | 2;

  /// A Consistency with an empty level in it: a tag, and the length 0.
  private static final int EMPTY_LEVEL_BYTES = 2;

  private static final Consistency ABSENT = Consistency.getDefaultInstance();
  private static final Consistency ANY_AGE =
      Consistency.newBuilder().setLocal(Consistency.Local.getDefaultInstance()).build();

  /// Bytes of a length that is read here; no message is as long as more could say.
  private static final int LENGTH_BYTES_MAX = 4;

  private static final int VARINT_BYTES_MAX = 10;

  private static final int BYTES_FIRST = 8 << 10;

  /// A longer message leaves no buffer behind.
  static final int BYTES_KEPT = 64 << 10;

  /// Questions kept for their next use: 5 MiB, if all have the longest buffers that are kept.
  private static final int KEPT_MAX = 64;

  private byte[] bytes = new byte[BYTES_FIRST];
  private int[] keyAt = new int[16];
  private int[] keyLength = new int[16];
  private int[] shards = new int[16];
  private String namespace = "";
  private ShardHash hash = ShardHash.ofNamespace("");
  private Consistency consistency = ABSENT;
  private boolean keysOnly;
  private long id;
  private String traceparent = "";
  private int count;

  /// Where reading is, and whether everything so far is of the usual shape.
  private int at;

  private boolean usual;
  private boolean namespaceSeen;
  private boolean consistencySeen;

  static Spares<ReadQuestion> spares() {
    return new Spares<>(KEPT_MAX, ReadQuestion::new);
  }

  /// Reads a ReadRequest. Throws what the generated class throws when it is malformed.
  void fillFromRead(InputStream message) throws IOException {
    int length = load(message);
    reset();
    readFields(0, length);
    if (!usual) {
      adopt(ReadRequest.parser().parseFrom(bytes, 0, length));
    }
  }

  /// Reads a ReadStreamRequest, in the same way.
  void fillFromStreamed(InputStream message) throws IOException {
    int length = load(message);
    reset();
    readStreamed(length);
    if (!usual) {
      ReadStreamRequest whole = ReadStreamRequest.parser().parseFrom(bytes, 0, length);
      adopt(whole.getRead());
      id = whole.getId();
      traceparent = whole.getTraceparent();
    }
  }

  private int load(InputStream message) throws IOException {
    if (!(message instanceof KnownLength)) {
      byte[] whole = message.readAllBytes();
      bytes = whole.length > bytes.length ? whole : bytes;
      System.arraycopy(whole, 0, bytes, 0, whole.length);
      return whole.length;
    }
    int length = message.available();
    if (length > bytes.length) {
      bytes = new byte[Math.max(length, 2 * bytes.length)];
    }
    return message.readNBytes(bytes, 0, length);
  }

  private void reset() {
    consistency = ABSENT;
    keysOnly = false;
    id = 0;
    traceparent = "";
    count = 0;
    at = 0;
    usual = true;
    namespaceSeen = false;
    consistencySeen = false;
  }

  // ---- messages of the usual shape

  private void readStreamed(int end) {
    boolean idSeen = false;
    boolean readSeen = false;
    while (usual && at < end) {
      int tag = bytes[at++];
      if (tag == ID && !idSeen) {
        idSeen = true;
        id = varint(end);
      } else if (tag == READ && !readSeen) {
        readSeen = true;
        int length = length(end);
        readFields(at, at + length);
      } else if (tag == TRACEPARENT && traceparent.isEmpty()) {
        int length = length(end);
        readTraceparent(at, length);
        at += length;
      } else {
        usual = false;
      }
    }
    if (!readSeen) {
      readNamespace(0, 0);
    }
  }

  private void readFields(int from, int end) {
    at = from;
    while (usual && at < end) {
      int tag = bytes[at++];
      if (tag == KEYS) {
        int length = length(end);
        addKey(at, length);
        at += length;
      } else if (tag == NAMESPACE && !namespaceSeen) {
        namespaceSeen = true;
        int length = length(end);
        readNamespace(at, length);
        at += length;
      } else if (tag == CONSISTENCY && !consistencySeen) {
        consistencySeen = true;
        int length = length(end);
        readLevel(at, length);
        at += length;
      } else if (tag == KEYS_ONLY) {
        keysOnly = varint(end) != 0;
      } else {
        usual = false;
      }
    }
    if (!namespaceSeen) {
      readNamespace(0, 0);
    }
  }

  private long varint(int end) {
    long number = 0;
    for (int i = 0; i < VARINT_BYTES_MAX && at < end; i++) {
      byte next = bytes[at++];
      number |= (long) (next & 0x7F) << (7 * i);
      if (next >= 0) {
        return number;
      }
    }
    usual = false;
    return 0;
  }

  /// Of what follows, which ends at or before `end`; 0 if it does not.
  private int length(int end) {
    int length = 0;
    for (int i = 0; i < LENGTH_BYTES_MAX && at < end; i++) {
      byte next = bytes[at++];
      length |= (next & 0x7F) << (7 * i);
      if (next >= 0) {
        usual &= length <= end - at;
        return usual ? length : 0;
      }
    }
    usual = false;
    return 0;
  }

  /// Keys beyond the limit are only counted.
  private void addKey(int from, int length) {
    if (count < Limits.READ_KEYS_MAX) {
      if (count == keyAt.length) {
        grow();
      }
      keyAt[count] = from;
      keyLength[count] = length;
    }
    count++;
  }

  private void grow() {
    int keys = 2 * keyAt.length;
    keyAt = Arrays.copyOf(keyAt, keys);
    keyLength = Arrays.copyOf(keyLength, keys);
    shards = Arrays.copyOf(shards, keys);
  }

  /// Most reads name the namespace that the last one named.
  private void readNamespace(int from, int length) {
    boolean same = length == namespace.length();
    for (int i = 0; i < length; i++) {
      usual &= bytes[from + i] >= 0;
      same = same && namespace.charAt(i) == bytes[from + i];
    }
    if (usual && !same) {
      named(new String(bytes, from, length, StandardCharsets.US_ASCII));
    }
  }

  /// An object for each message that has one, and most have none.
  private void readTraceparent(int from, int length) {
    for (int i = 0; i < length; i++) {
      usual &= bytes[from + i] >= 0;
    }
    if (usual) {
      traceparent = new String(bytes, from, length, StandardCharsets.US_ASCII);
    }
  }

  private void named(String name) {
    namespace = name;
    hash = ShardHash.ofNamespace(name);
  }

  private void readLevel(int from, int length) {
    if (length == 0) {
      return;
    }
    boolean empty = length == EMPTY_LEVEL_BYTES && bytes[from + 1] == 0;
    if (empty && bytes[from] == LINEARIZABLE) {
      return;
    }
    if (empty && bytes[from] == LOCAL) {
      consistency = ANY_AGE;
      return;
    }
    try {
      consistency = Consistency.parser().parseFrom(bytes, from, length);
    } catch (InvalidProtocolBufferException _) {
      usual = false; // The generated class says what is wrong with the message.
    }
  }

  // ---- all others

  /// Takes over what the generated class understood.
  private void adopt(ReadRequest request) {
    reset();
    consistency = request.getConsistency();
    keysOnly = request.getKeysOnly();
    if (!request.getNamespace().equals(namespace)) {
      named(request.getNamespace());
    }
    int end = 0;
    for (ByteString key : request.getKeysList()) {
      end += count < Limits.READ_KEYS_MAX ? Limits.NAMESPACE_BYTES + key.size() : 0;
      if (end > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
      }
      if (count < Limits.READ_KEYS_MAX) {
        key.copyTo(bytes, end - key.size());
      }
      addKey(end - key.size(), key.size());
    }
  }

  // ---- what it asks for

  String namespace() {
    return namespace;
  }

  Consistency consistency() {
    return consistency;
  }

  boolean keysOnly() {
    return keysOnly;
  }

  /// The caller's number for a read of a stream.
  long id() {
    return id;
  }

  /// What a read of a stream says of its trace; empty: nothing.
  String traceparent() {
    return traceparent;
  }

  /// Keys in the message; only as many as a read may have can be asked for below.
  int keys() {
    return count;
  }

  byte[] bytes() {
    return bytes;
  }

  int keyAt(int key) {
    return keyAt[key];
  }

  int keyLength(int key) {
    return keyLength[key];
  }

  int shardOf(int key) {
    return hash.shardOf(bytes, keyAt[key], keyLength[key]);
  }

  /// Makes a table key of a key, and keeps its shard.
  void place(int key, int namespaceId, int shard) {
    shards[key] = shard;
    int tableKeyAt = tableKeyAt(key);
    bytes[tableKeyAt] = (byte) namespaceId;
    bytes[tableKeyAt + 1] = (byte) (namespaceId >>> 8);
  }

  /// As it was placed.
  int shard(int key) {
    return shards[key];
  }

  int tableKeyAt(int key) {
    return keyAt[key] - Limits.NAMESPACE_BYTES;
  }

  int tableKeyLength(int key) {
    return keyLength[key] + Limits.NAMESPACE_BYTES;
  }

  /// Whether it is small enough to be kept.
  boolean isSmall() {
    return bytes.length <= BYTES_KEPT && namespace.length() <= BYTES_KEPT;
  }
}
