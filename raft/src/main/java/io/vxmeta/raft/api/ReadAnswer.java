package io.vxmeta.raft.api;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.vxmeta.client.v1.ReadStreamResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;

/// The bytes of an answer to a read, as they go into the network's buffer.
final class ReadAnswer extends InputStream implements Drainable, KnownLength {
  /* Threads: one at a time. gRPC drains it once and closes it; then its buffer is used again, so it must not be touched
   * after that. One that is never sent is garbage, with its buffer.
   */

  /// Left free in front of a ReadResponse, for what a ReadStreamResponse has there: two tags, an id
  /// and a length.
  static final int HEAD_BYTES = 24;

  /// A longer answer's buffer is not kept.
  static final int BYTES_KEPT = 64 << 10;

  private final Spares<byte[]> buffers;
  private final byte[] bytes;
  private int at;
  private final int end;
  private boolean closed;

  /// A ReadResponse in `bytes` from `HEAD_BYTES` on.
  ReadAnswer(Spares<byte[]> buffers, byte[] bytes, int end) {
    this(buffers, bytes, HEAD_BYTES, end);
  }

  private ReadAnswer(Spares<byte[]> buffers, byte[] bytes, int from, int end) {
    this.buffers = buffers;
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /// The answer to a read of a stream that failed.
  static ReadAnswer ofFailed(Spares<byte[]> buffers, long id, com.google.rpc.Status error) {
    byte[] whole = ReadStreamResponse.newBuilder().setId(id).setError(error).build().toByteArray();
    return new ReadAnswer(buffers, whole, 0, whole.length);
  }

  /// Makes a ReadStreamResponse of a ReadResponse that nobody has read from.
  ReadAnswer streamed(long id) {
    int length = end - at;
    int head = WireBuffer.sizeOfNumber(id) + 1 + WireBuffer.sizeOf(length);
    at -= head;
    WireBuffer front = new WireBuffer(bytes, at);
    front.number(ReadStreamResponse.ID_FIELD_NUMBER, id);
    front.part(ReadStreamResponse.READ_FIELD_NUMBER, length);
    return this;
  }

  @Override
  public int read() {
    return at < end ? bytes[at++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, into.length);
    int part = Math.min(length, end - at);
    if (part == 0) {
      return length == 0 ? 0 : -1;
    }
    System.arraycopy(bytes, at, into, offset, part);
    at += part;
    return part;
  }

  @Override
  public int available() {
    return end - at;
  }

  @Override
  public int drainTo(OutputStream target) throws IOException {
    int length = end - at;
    target.write(bytes, at, length);
    at = end;
    return length;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      at = end;
      if (bytes.length <= BYTES_KEPT) {
        buffers.giveBack(bytes);
      }
    }
  }
}
