package io.vxmeta.raft.api;

import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.client.v1.ReadResult;
import io.vxmeta.client.v1.Record;
import io.vxmeta.raft.ratis.Replica;
import io.vxmeta.shardmap.Epoch;
import io.vxmeta.statemachine.MultiGet;
import io.vxmeta.statemachine.table.RecordView;
import java.util.OptionalLong;

/// Writes answers to reads from what the table gave, once, without a message object.
final class ReadAnswers {
  /* Threads: any; the buffer of an answer belongs to the answer. Every field as ReadResponse's generated class writes it. */

  /// Buffers kept: 4 MiB at most.
  private static final int BUFFERS_KEPT = 64;

  private static final int BUFFER_BYTES_FIRST = 8 << 10;

  private final AnswerStamp stamp;
  private final Spares<byte[]> buffers =
      new Spares<>(BUFFERS_KEPT, () -> new byte[BUFFER_BYTES_FIRST]);

  ReadAnswers(AnswerStamp stamp) {
    this.stamp = stamp;
  }

  /// Who answers, and from which state.
  record Origin(Replica replica, long revision, OptionalLong stalenessNanos, Epoch mapEpoch) {}

  ReadAnswer of(ReadQuestion question, MultiGet found, Origin origin) {
    WireBuffer out = new WireBuffer(buffers.take(), ReadAnswer.HEAD_BYTES);
    for (int i = 0; i < found.size(); i++) {
      RecordView view = found.record(i);
      if (view.found()) {
        record(out, question, i, view);
      } else {
        out.ensure(WireBuffer.sizeOfPart(0));
        out.part(ReadResponse.RESULTS_FIELD_NUMBER, 0);
      }
    }
    stamp.write(out, ReadResponse.FRESHNESS_FIELD_NUMBER, origin);
    return new ReadAnswer(buffers, out.bytes(), out.at());
  }

  private static void record(WireBuffer out, ReadQuestion question, int key, RecordView view) {
    int keyLength = question.keyLength(key);
    int valueLength = view.valueCopied() ? view.valueLength() : 0;
    long flags = Integer.toUnsignedLong(view.flags());
    int length =
        WireBuffer.sizeOfBytes(keyLength)
            + WireBuffer.sizeOfBytes(valueLength)
            + WireBuffer.sizeOfNumber(view.version())
            + WireBuffer.sizeOfNumber(view.createVersion())
            + WireBuffer.sizeOfNumber(flags)
            + WireBuffer.sizeOfNumber(view.expiresAtMs());
    int part = WireBuffer.sizeOfPart(length);
    out.ensure(WireBuffer.sizeOfPart(part));
    out.part(ReadResponse.RESULTS_FIELD_NUMBER, part);
    out.part(ReadResult.RECORD_FIELD_NUMBER, length);
    out.bytes(Record.KEY_FIELD_NUMBER, question.bytes(), question.keyAt(key), keyLength);
    out.bytes(Record.VALUE_FIELD_NUMBER, view.value(), view.valueOffset(), valueLength);
    out.number(Record.VERSION_FIELD_NUMBER, view.version());
    out.number(Record.CREATE_VERSION_FIELD_NUMBER, view.createVersion());
    out.number(Record.FLAGS_FIELD_NUMBER, flags);
    out.number(Record.EXPIRES_AT_MS_FIELD_NUMBER, view.expiresAtMs());
  }

  /// The answer to a read of a stream that failed.
  ReadAnswer ofFailed(long id, com.google.rpc.Status error) {
    return ReadAnswer.ofFailed(buffers, id, error);
  }
}
