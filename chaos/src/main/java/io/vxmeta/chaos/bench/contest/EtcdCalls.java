package io.vxmeta.chaos.bench.contest;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/// The few messages of etcd's API (v3, `etcdserverpb`) that a benchmark needs, as bytes.
final class EtcdCalls {
  /* Field numbers are those of etcd's public rpc.proto. Written by hand, because these five messages are less than a generated
   * API and cost the load less. */

  static final MethodDescriptor<byte[], byte[]> PUT = method("etcdserverpb.KV/Put");
  static final MethodDescriptor<byte[], byte[]> RANGE = method("etcdserverpb.KV/Range");
  static final MethodDescriptor<byte[], byte[]> TXN = method("etcdserverpb.KV/Txn");
  static final MethodDescriptor<byte[], byte[]> STATUS = method("etcdserverpb.Maintenance/Status");

  // PutRequest, RangeRequest
  private static final int KEY = 1;
  private static final int VALUE = 2;
  private static final int SERIALIZABLE = 7;
  // TxnRequest: what happens when all (no) compares hold; RequestOp: which kind
  private static final int SUCCESS = 2;
  private static final int REQUEST_RANGE = 1;
  private static final int REQUEST_PUT = 2;
  // RangeResponse, StatusResponse, ResponseHeader
  private static final int COUNT = 4;
  private static final int LEADER = 4;
  private static final int HEADER = 1;
  private static final int MEMBER = 2;

  private EtcdCalls() {}

  private static MethodDescriptor<byte[], byte[]> method(String name) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(name)
        .setRequestMarshaller(new Plain())
        .setResponseMarshaller(new Plain())
        .build();
  }

  static byte[] empty() {
    return new byte[0];
  }

  static byte[] put(byte[] key, byte[] value) {
    return message(out -> {
      out.writeByteArray(KEY, key);
      out.writeByteArray(VALUE, value);
    });
  }

  static byte[] range(byte[] key, boolean serializable) {
    return message(out -> {
      out.writeByteArray(KEY, key);
      if (serializable) {
        out.writeBool(SERIALIZABLE, true);
      }
    });
  }

  static byte[] transactionOfPuts(List<byte[]> puts) {
    return transaction(REQUEST_PUT, puts);
  }

  static byte[] transactionOfRanges(List<byte[]> ranges) {
    return transaction(REQUEST_RANGE, ranges);
  }

  private static byte[] transaction(int kind, List<byte[]> requests) {
    return message(out -> {
      for (byte[] request : requests) {
        out.writeByteArray(SUCCESS, message(op -> op.writeByteArray(kind, request)));
      }
    });
  }

  /// How many keys a RangeResponse has found.
  static long count(byte[] rangeResponse) {
    return number(rangeResponse, COUNT);
  }

  /// Whether the member that sent a StatusResponse is the leader it names.
  static boolean leads(byte[] statusResponse) {
    return number(bytes(statusResponse, HEADER), MEMBER) == number(statusResponse, LEADER);
  }

  private static long number(byte[] message, int field) {
    return find(message, field, WireFormat.WIRETYPE_VARINT) instanceof Long found ? found : 0;
  }

  private static byte[] bytes(byte[] message, int field) {
    return find(message, field, WireFormat.WIRETYPE_LENGTH_DELIMITED) instanceof ByteString found
        ? found.toByteArray()
        : empty();
  }

  private static Object find(byte[] message, int field, int type) {
    try {
      CodedInputStream in = CodedInputStream.newInstance(message);
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (tag == (field << 3 | type)) {
          return type == WireFormat.WIRETYPE_VARINT
              ? (Object) in.readUInt64()
              : (Object) in.readBytes();
        }
        in.skipField(tag);
      }
      return "absent";
    } catch (IOException e) {
      throw new UncheckedIOException("etcd's answer is no message: field=" + field, e);
    }
  }

  private interface Fields {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Fields fields) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.writeTo(out);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("memory takes any message", e);
    }
  }

  /// A message that is its bytes.
  private static final class Plain implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read an answer of etcd", e);
      }
    }
  }
}
