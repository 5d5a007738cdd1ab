package io.vxmeta.client;

import com.google.protobuf.ByteString;
import io.vxmeta.client.v1.ScanRequest;
import io.vxmeta.client.v1.ScanResponse;
import io.vxmeta.shardmap.ShardId;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The records of a namespace, shard by shard, in no particular order; fetched while they are read.
///
/// A key present during the whole scan comes exactly once, except that keys near the point where a
/// node failed may come again from the next one; a key written meanwhile may or may not come. The
/// iterator throws [CallFailed] when a page does not come in time.
public final class Scan implements Iterator<StoredRecord>, AutoCloseable {
  /* Threads: one reader. Memory: at most SHARDS_AHEAD streams with PageStream.AHEAD pages, each about 1 MiB at most. A
   * stream that breaks is opened again at the cursor of the last page read. */

  /// Shards scanned at the same time.
  private static final int SHARDS_AHEAD = 4;

  private final GroupCall.Ground ground;
  private final String namespace;
  private final ScanOptions options;
  private final Route.Preference preference;
  private final Deque<Pending> onTheWay = new ArrayDeque<>();
  private Iterator<StoredRecord> page = Collections.emptyIterator();
  private Optional<CallTrace> trace;
  private int nextShard;
  private long given;

  private record Pending(ShardId shard, CompletableFuture<Ending<ShardScan.Page>> page) {}

  Scan(
      GroupCall.Ground ground, String namespace, ScanOptions options, Route.Preference preference) {
    this.ground = ground;
    this.namespace = namespace;
    this.options = options;
    this.preference = preference;
    this.trace = ground.trace("vxmeta scan");
  }

  @Override
  public boolean hasNext() {
    if (options.limit() > 0 && given >= options.limit()) {
      end(CallTrace::done);
      return false;
    }
    while (!page.hasNext()) {
      while (onTheWay.size() < SHARDS_AHEAD && nextShard < ShardId.COUNT) {
        ShardId shard = new ShardId(nextShard++);
        onTheWay.add(new Pending(shard, open(shard, ByteString.EMPTY)));
      }
      if (onTheWay.isEmpty()) {
        end(CallTrace::done);
        return false;
      }
      turnPage(onTheWay.remove());
    }
    return true;
  }

  @Override
  public StoredRecord next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the scan is at its end: records=" + given);
    }
    given++;
    return page.next();
  }

  private CompletableFuture<Ending<ShardScan.Page>> open(ShardId shard, ByteString cursor) {
    ScanRequest request =
        ScanRequest.newBuilder()
            .setNamespace(namespace)
            .setShard(shard.value())
            .setPrefix(MessageCodec.encode(options.prefix()))
            .setCursor(cursor)
            .setPageSize(options.pageSize())
            .setKeysOnly(options.projection() == ReadOptions.Projection.KEYS_ONLY)
            .build();
    return GroupCall.start(
        ground,
        new ShardScan(shard, request, options.consistency(), trace),
        preference,
        Deadline.after(options.patience()));
  }

  private void turnPage(Pending pending) {
    Ending<ShardScan.Page> ending = Futures.await(pending.page());
    if (ending instanceof Ending.Failed<ShardScan.Page> failed) {
      end(told -> told.failed(failed.why()));
      close();
      throw failed.why().here();
    }
    // One shard is always of one group: it can not have moved to several.
    ShardScan.Page turned = ((Ending.Answered<ShardScan.Page>) ending).answer();
    if (turned.response().isEmpty()) {
      return;
    }
    ScanResponse response = turned.response().get();
    if (response.getCursor().isEmpty()) {
      turned.stream().cancel();
    } else {
      onTheWay.add(
          new Pending(pending.shard(), following(pending.shard(), turned.stream(), response)));
    }
    page = response.getRecordsList().stream().map(MessageCodec::decode).iterator();
  }

  /// The next page of the stream; of a new one at the cursor when the stream breaks or ends early.
  private CompletableFuture<Ending<ShardScan.Page>> following(
      ShardId shard, PageStream stream, ScanResponse last) {
    return stream
        .take()
        .orTimeout(options.patience().toNanos(), TimeUnit.NANOSECONDS)
        .thenApply(next -> next.map(page -> new ShardScan.Page(Optional.of(page), stream)))
        .exceptionally(failure -> {
          stream.cancel();
          return Optional.empty();
        })
        .thenCompose(next ->
            next.isPresent()
                ? CompletableFuture.completedFuture(new Ending.Answered<>(next.get()))
                : open(shard, last.getCursor()));
  }

  /// Once, since what is asked for after it is still answered.
  private void end(Consumer<CallTrace> how) {
    trace.ifPresent(how);
    trace = Optional.empty();
  }

  /// Ends early; streams are given up.
  @Override
  public void close() {
    end(CallTrace::done);
    nextShard = ShardId.COUNT;
    page = Collections.emptyIterator();
    onTheWay.forEach(pending ->
        Futures.detach(
            pending
                .page()
                .thenAccept(ending -> {
                  if (ending instanceof Ending.Answered<ShardScan.Page> answered) {
                    answered.answer().stream().cancel();
                  }
                })));
    onTheWay.clear();
  }
}
