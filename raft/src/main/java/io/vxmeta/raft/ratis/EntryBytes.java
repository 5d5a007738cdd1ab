package io.vxmeta.raft.ratis;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteOutput;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/// Reaches the array behind a log entry's bytes without copying them, where there is one.
///
/// One per replica, reused on its apply thread. The array is only read.
final class EntryBytes extends ByteOutput {
  private static final byte[] NOTHING = new byte[0];

  private byte[] array = NOTHING;
  private int offset;
  private int length;
  private boolean whole;

  void point(ByteString bytes) throws IOException {
    whole = false;
    length = 0;
    UnsafeByteOperations.unsafeWriteTo(bytes, this);
    if (!whole || length != bytes.size()) {
      array = bytes.toByteArray();
      offset = 0;
      length = array.length;
    }
  }

  void release() {
    array = NOTHING;
  }

  byte[] array() {
    return array;
  }

  int offset() {
    return offset;
  }

  int length() {
    return length;
  }

  @Override
  public void writeLazy(byte[] value, int at, int size) {
    array = value;
    offset = at;
    whole = length == 0;
    length += size;
  }

  @Override
  public void writeLazy(ByteBuffer value) {
    length += value.remaining();
    whole = false;
  }

  @Override
  public void write(byte value) {
    length++;
    whole = false;
  }

  @Override
  public void write(byte[] value, int at, int size) {
    writeLazy(value, at, size);
  }

  @Override
  public void write(ByteBuffer value) {
    writeLazy(value);
  }
}
