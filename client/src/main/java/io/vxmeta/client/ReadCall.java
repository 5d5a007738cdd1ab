package io.vxmeta.client;

import io.grpc.Channel;
import io.vxmeta.client.grpc.CallHeaders;
import io.vxmeta.client.grpc.UnaryCall;
import io.vxmeta.client.v1.MetadataStoreGrpc;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.ReadResponse;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/// One read of many keys: split by shard group, asked in parallel, put together in the caller's
/// order.
final class ReadCall {
  /* Threads: parts end on any thread; results are gathered under `this`.
   * Invariants: every index of the read belongs to exactly one part in flight or has its result. */

  private final GroupCall.Ground ground;
  private final String namespace;
  private final List<Bytes> keys;
  private final KeyShards shards;
  private final Manner manner;
  private final Deadline deadline;
  private final Optional<CallTrace> trace;
  private final List<Optional<StoredRecord>> records;
  private final List<Freshness> freshness = new ArrayList<>();
  private final CompletableFuture<ReadAnswer> result = new CompletableFuture<>();
  private int missing;

  /// How one attempt of a part gets to a node, and its answer back.
  interface Line {
    /// `first`: the shard of the request's first key. Ends within the limit, with the answer or an
    /// [io.vxmeta.client.grpc.RpcFailure].
    CompletableFuture<ReadResponse> ask(
        Channel channel, ShardMap map, ShardId first, ReadRequest request, Duration limit);
  }

  /// A call of its own for each part.
  static final Line CALLS =
      (channel, map, first, request, limit) ->
          UnaryCall.send(
              channel,
              MetadataStoreGrpc.getReadMethod(),
              CallHeaders.of(first, map.epoch()),
              request,
              limit);

  /// How to read, from whom, and by which way.
  record Manner(ReadOptions options, Route.Preference preference, Line line) {}

  private ReadCall(
      GroupCall.Ground ground,
      String namespace,
      List<Bytes> keys,
      Manner manner,
      Deadline deadline) {
    this.ground = ground;
    this.namespace = namespace;
    this.keys = List.copyOf(keys);
    this.shards = KeyShards.of(namespace, keys);
    this.manner = manner;
    this.deadline = deadline;
    this.trace = ground.trace("vxmeta read");
    this.records = new ArrayList<>(Collections.nCopies(keys.size(), Optional.empty()));
    this.missing = keys.size();
  }

  /// Ends with the answer or with [CallFailed].
  static CompletableFuture<ReadAnswer> start(
      GroupCall.Ground ground,
      String namespace,
      List<Bytes> keys,
      Manner manner,
      Deadline deadline) {
    if (keys.isEmpty()) {
      return CompletableFuture.completedFuture(new ReadAnswer(List.of(), List.of()));
    }
    ReadCall call = new ReadCall(ground, namespace, keys, manner, deadline);
    call.split(IntStream.range(0, keys.size()).boxed().toList());
    return call.result;
  }

  private void split(List<Integer> indexes) {
    Futures.detach(
        MapWait.within(ground, deadline)
            .whenComplete((map, failure) -> {
              if (failure == null) {
                parts(map, indexes).forEach(this::ask);
              } else {
                fail(Futures.cause(failure));
              }
            }));
  }

  private List<Part> parts(ShardMap map, List<Integer> indexes) {
    Map<ShardGroupId, List<Integer>> byGroup = new TreeMap<>();
    for (Integer index : indexes) {
      ShardGroupId group = map.groupOf(shards.shards().get(index));
      byGroup.computeIfAbsent(group, g -> new ArrayList<>()).add(index);
    }
    List<Part> parts = new ArrayList<>();
    for (List<Integer> ofGroup : byGroup.values()) {
      for (int from = 0; from < ofGroup.size(); from += RequestLimits.READ_KEYS_MAX) {
        int to = Math.min(ofGroup.size(), from + RequestLimits.READ_KEYS_MAX);
        parts.add(new Part(ofGroup.subList(from, to), map));
      }
    }
    return parts;
  }

  private void ask(Part part) {
    Optional<GroupAnswer> remembered = part.remembered();
    if (remembered.isPresent()) {
      gather(part, remembered.get());
      return;
    }
    CompletableFuture<Void> unused =
        GroupCall.start(ground, part, manner.preference(), deadline)
            .thenAccept(ending -> onEnding(part, ending));
  }

  private void onEnding(Part part, Ending<GroupAnswer> ending) {
    if (ending instanceof Ending.Answered<GroupAnswer> answered) {
      gather(part, answered.answer());
    } else if (ending instanceof Ending.Failed<GroupAnswer> failed) {
      fail(failed.why());
    } else {
      split(part.indexes);
    }
  }

  private void gather(Part part, GroupAnswer answer) {
    ReadAnswer complete;
    synchronized (this) {
      for (int i = 0; i < part.indexes.size(); i++) {
        records.set(part.indexes.get(i), answer.records().get(i));
      }
      freshness.add(answer.freshness());
      missing -= part.indexes.size();
      if (missing > 0) {
        return;
      }
      complete = new ReadAnswer(records, freshness);
    }
    if (trace.isPresent()) {
      trace.get().done();
    }
    result.complete(complete);
  }

  /// Of several parts that fail the first is heard.
  private void fail(Throwable why) {
    if (trace.isPresent()) {
      trace.get().failed(why);
    }
    result.completeExceptionally(why);
  }

  /// Keys of one shard group, as indexes into the read's keys.
  private final class Part implements GroupCall.Question<GroupAnswer> {
    private final List<Integer> indexes;
    private final KeyShards partShards;
    private final ShardMap planned;
    private final ShardGroupId plannedGroup;

    Part(List<Integer> indexes, ShardMap planned) {
      this.indexes = List.copyOf(indexes);
      this.partShards = new KeyShards(indexes.stream().map(shards.shards()::get).toList());
      this.planned = planned;
      this.plannedGroup = planned.groupOf(partShards.first());
    }

    @Override
    public Optional<ShardGroupId> group(ShardMap map) {
      return map.epoch().equals(planned.epoch())
          ? Optional.of(plannedGroup)
          : partShards.group(map);
    }

    @Override
    public CompletableFuture<GroupAnswer> ask(
        Channel channel, ShardMap map, ShardGroupId group, Duration limit) {
      List<Bytes> partKeys = partKeys();
      ReadRequest request =
          MessageCodec.readRequest(
              namespace,
              partKeys,
              group,
              map.clusterId(),
              consistency(group, map),
              manner.options());
      Optional<NearCache.Asked> noted =
          ground
              .nearCache()
              .filter(near -> manner.options().projection() == ReadOptions.Projection.WHOLE_RECORDS)
              .map(near -> near.asking(namespace, partKeys));
      return manner
          .line()
          .ask(channel, map, partShards.first(), request, limit)
          .thenApply(response -> {
            GroupAnswer answer = answer(response, map);
            noted.ifPresent(asked -> asked.onAnswer(answer));
            return answer;
          });
    }

    private List<Bytes> partKeys() {
      return indexes.stream().map(keys::get).toList();
    }

    /// What the client's memory answers, if it can.
    Optional<GroupAnswer> remembered() {
      return ground
          .nearCache()
          .flatMap(near ->
              near.find(
                  new NearCache.Question(
                      namespace,
                      partKeys(),
                      plannedGroup,
                      planned.clusterId(),
                      planned.epoch(),
                      consistency(plannedGroup, planned),
                      manner.options())));
    }

    private Consistency consistency(ShardGroupId group, ShardMap map) {
      return partShards.kept(manner.options().consistency(), group, map);
    }

    private GroupAnswer answer(ReadResponse response, ShardMap map) {
      if (response.getResultsCount() != indexes.size()) {
        throw new IllegalStateException(
            "an answer has a result for each key: keys="
                + indexes.size()
                + " results="
                + response.getResultsCount()
                + "; the server is broken or newer than this client");
      }
      return new GroupAnswer(
          MessageCodec.records(response),
          MessageCodec.decode(response.getFreshness(), map.clusterId()));
    }

    @Override
    public Optional<CallTrace> trace() {
      return trace;
    }

    @Override
    public Optional<Duration> hedgeAfter() {
      return manner.options().hedgeAfter();
    }

    @Override
    public Optional<Freshness> freshness(GroupAnswer answer) {
      return Optional.of(answer.freshness());
    }
  }
}
