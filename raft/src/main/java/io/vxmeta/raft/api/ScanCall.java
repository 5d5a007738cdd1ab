package io.vxmeta.raft.api;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.vxmeta.client.v1.Record;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.ScanResponse;
import io.vxmeta.raft.api.ReadCalls.ScanSource;
import io.vxmeta.statemachine.ShardNotServed;
import io.vxmeta.statemachine.batch.Limits;
import io.vxmeta.statemachine.table.RecordView;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One scan: pages are read only when the caller takes them, so memory holds one page whatever the
/// shard's size.
final class ScanCall {
  /* Threads: the gate's thread begins; gRPC's ready handler pumps; both under the monitor.
   * Cursor: the table's position, 8 bytes big-endian; stable while the table grows.
   */
  private static final int PAGE_BYTES = 1 << 20;
  private static final int CURSOR_BYTES = Long.BYTES;

  private final ScanRequest request;
  private final ServerCallStreamObserver<ScanResponse> answers;
  private final CallErrors errors;
  private final RecordView.Content content;
  private @Nullable ScanSource source;
  private long cursor;
  private long left;
  private boolean ended;

  ScanCall(ScanRequest request, ServerCallStreamObserver<ScanResponse> answers, CallErrors errors) {
    this.request = request;
    this.answers = answers;
    this.errors = errors;
    this.content =
        request.getKeysOnly() ? RecordView.Content.WITHOUT_VALUE : RecordView.Content.WHOLE;
    this.left = request.getLimit() == 0 ? Long.MAX_VALUE : request.getLimit();
  }

  synchronized void begin(ScanSource opened) {
    try {
      cursor = cursorOf(request.getCursor());
      source = opened;
      pump();
    } catch (RuntimeException problem) {
      end(problem);
    }
  }

  private static long cursorOf(ByteString cursor) {
    if (cursor.isEmpty()) {
      return 0;
    }
    if (cursor.size() != CURSOR_BYTES) {
      throw Refusal.invalid("cursor", "a cursor of an earlier answer", cursor.size() + " bytes");
    }
    return ByteBuffer.wrap(cursor.toByteArray()).getLong();
  }

  synchronized void pump() {
    ScanSource from = source;
    try {
      while (from != null && !ended && answers.isReady() && !answers.isCancelled()) {
        page(from);
      }
    } catch (RuntimeException problem) {
      end(problem);
    }
  }

  private void page(ScanSource from) {
    Page page = new Page(from.checked().tablePrefix(), from.checked().pageSize());
    while (cursor >= 0 && page.hasRoom()) {
      long next = next(from, page);
      // A limit that cuts a bucket leaves the cursor before it: resuming repeats a few records and
      // misses none.
      cursor = page.cut ? cursor : next;
    }
    ScanResponse.Builder response =
        page.response.setFreshness(
            from.stamp()
                .of(
                    from.opened().replica(),
                    from.opened().state().revision(),
                    from.opened().stalenessNanos(),
                    from.checked().mapEpoch()));
    boolean last = cursor < 0 || left == 0;
    if (cursor >= 0) {
      response.setCursor(
          ByteString.copyFrom(ByteBuffer.allocate(CURSOR_BYTES).putLong(cursor).array()));
    }
    answers.onNext(response.build());
    if (last) {
      ended = true;
      answers.onCompleted();
    }
  }

  private long next(ScanSource from, Page page) {
    try {
      return from.opened()
          .state()
          .reader()
          .scan(from.checked().shard(), cursor, 1, content, page::take);
    } catch (ShardNotServed refused) {
      throw CallErrors.notServed(from.opened().replica().group(), refused);
    } catch (IllegalStateException problem) {
      throw errors.failedLookUp(from.opened(), problem);
    }
  }

  private void end(Throwable problem) {
    if (!ended) {
      ended = true;
      answers.onError(errors.tell(problem));
    }
  }

  /// The records of one answer message. A bucket is taken whole, because a cursor never points into
  /// one: a page may pass its size by a bucket.
  private final class Page {
    private final ScanResponse.Builder response = ScanResponse.newBuilder();
    private final byte[] prefix;
    private final int size;
    private long bytes;
    private boolean cut;

    Page(byte[] prefix, int size) {
      this.prefix = prefix;
      this.size = size;
    }

    boolean hasRoom() {
      return left > 0 && response.getRecordsCount() < size && bytes < PAGE_BYTES;
    }

    void take(byte[] key, int keyLength, RecordView view) {
      boolean matches =
          keyLength >= prefix.length
              && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
      if (!matches) {
        return;
      }
      if (left == 0) {
        cut = true;
        return;
      }
      left--;
      bytes += keyLength + view.valueLength();
      Record.Builder record =
          Record.newBuilder()
              .setKey(
                  ByteString.copyFrom(
                      key, Limits.NAMESPACE_BYTES, keyLength - Limits.NAMESPACE_BYTES))
              .setVersion(view.version())
              .setCreateVersion(view.createVersion())
              .setFlags(view.flags())
              .setExpiresAtMs(view.expiresAtMs());
      if (!request.getKeysOnly()) {
        record.setValue(ByteString.copyFrom(view.value(), 0, view.valueLength()));
      }
      response.addRecords(record);
    }
  }
}
