package io.vxmeta.raft.peer;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.ManagedChannel;
import io.vxmeta.client.v1.CopyStepRequest;
import io.vxmeta.client.v1.CopyStepResponse;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.client.v1.ShardEntryRequest;
import io.vxmeta.client.v1.ShardStandingRequest;
import io.vxmeta.client.v1.ShardStandingResponse;
import io.vxmeta.raft.move.ShardGroups;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardId;
import io.vxmeta.shardmap.ShardMap;
import io.vxmeta.statemachine.CopyStep;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/// Asks the leader of a group about a shard: this node, or another over its peer port.
public final class PeerShards implements ShardGroups {
  /* Threads: any. Who leads is a belief; each node of the group is asked once at most, those that are named by others first.
   * A node that did not answer is asked last next time. An entry that it may have taken is sent to the others all the same: of a move
   *   each entry counts once, however often it is proposed.
   */
  private static final long QUESTION_MS = 2_500;

  /// A commit, with others before it.
  private static final long ENTRY_MS = 4_000;

  private final String clusterId;
  private final NodeId self;
  private final ShardGroups own;
  private final Supplier<Optional<ShardMap>> map;
  private final Map<NodeId, ManagedChannel> channels;
  private final Map<ShardGroupId, NodeId> leaders = new ConcurrentHashMap<>();
  private final Set<NodeId> silent = ConcurrentHashMap.newKeySet();

  /// @param own answers for this node
  /// @param channels to the other nodes, a live view
  public PeerShards(
      String clusterId,
      NodeId self,
      ShardGroups own,
      Supplier<Optional<ShardMap>> map,
      Map<NodeId, ManagedChannel> channels) {
    this.clusterId = clusterId;
    this.self = self;
    this.own = own;
    this.map = map;
    this.channels = channels;
  }

  @Override
  public CompletableFuture<Said> standing(ShardGroupId group, ShardId shard) {
    ShardStandingRequest request =
        ShardStandingRequest.newBuilder()
            .setClusterId(clusterId)
            .setGroup(group.value())
            .setShard(shard.value())
            .build();
    return new Search(
            group,
            node -> node.equals(self) ? own.standing(group, shard) : ask(node, group, request))
        .begin();
  }

  private CompletableFuture<Said> ask(
      NodeId node, ShardGroupId group, ShardStandingRequest request) {
    UnaryFuture<ShardStandingResponse> answer = new UnaryFuture<>();
    stub(node, QUESTION_MS).shardStanding(request, answer);
    return answer.thenApply(response -> ShardMessages.said(node, group, response));
  }

  @Override
  public CompletableFuture<Said> propose(ShardGroupId group, EncodedTransaction entry) {
    ShardEntryRequest request =
        ShardEntryRequest.newBuilder()
            .setClusterId(clusterId)
            .setGroup(group.value())
            .setEntry(UnsafeByteOperations.unsafeWrap(entry.sealed()))
            .build();
    return new Search(
            group,
            node -> node.equals(self) ? own.propose(group, entry) : ask(node, group, request))
        .begin();
  }

  private CompletableFuture<Said> ask(NodeId node, ShardGroupId group, ShardEntryRequest request) {
    UnaryFuture<ShardStandingResponse> answer = new UnaryFuture<>();
    stub(node, ENTRY_MS).proposeShardEntry(request, answer);
    return answer.thenApply(response -> ShardMessages.said(node, group, response));
  }

  @Override
  public CompletableFuture<CopyStep> copy(NodeId node, CopyAsk ask) {
    if (node.equals(self)) {
      return own.copy(node, ask);
    }
    // Composed, so that want of a line fails the future as a lost answer does.
    return CompletableFuture.completedFuture(ask).thenCompose(asked -> askForStep(node, asked));
  }

  private CompletableFuture<CopyStep> askForStep(NodeId node, CopyAsk ask) {
    UnaryFuture<CopyStepResponse> answer = new UnaryFuture<>();
    stub(node, QUESTION_MS)
        .nextCopyStep(
            CopyStepRequest.newBuilder()
                .setClusterId(clusterId)
                .setNode(node.value())
                .setGroup(ask.group().value())
                .setShard(ask.shard().value())
                .setAttempt(ask.attempt())
                .setCopy(ask.copy())
                .setAsk(ask.ask())
                .build(),
            answer);
    return answer.thenApply(ShardMessages::step);
  }

  private PeerGrpc.PeerStub stub(NodeId node, long withinMs) {
    ManagedChannel channel = channels.get(node);
    if (channel == null) {
      throw new IllegalStateException(
          "there is no line to the node: node=" + node + "; it may have left the cluster");
    }
    return PeerGrpc.newStub(channel).withDeadlineAfter(withinMs, TimeUnit.MILLISECONDS);
  }

  /// Asks one node after the other until the leader answers.
  private final class Search {
    private final ShardGroupId group;
    private final Function<NodeId, CompletableFuture<Said>> question;
    private final Deque<NodeId> left = new ArrayDeque<>();
    private final Set<NodeId> asked = new HashSet<>();

    Search(ShardGroupId group, Function<NodeId, CompletableFuture<Said>> question) {
      this.group = group;
      this.question = question;
      Optional.ofNullable(leaders.get(group)).ifPresent(left::add);
      map
          .get()
          .flatMap(known -> known.findGroup(group))
          .map(ShardGroup::voters)
          .orElse(List.of())
          .stream()
          .sorted(Comparator.comparing(silent::contains))
          .forEach(left::add);
    }

    CompletableFuture<Said> begin() {
      return askNext(new NotLeading(group, Optional.empty()));
    }

    private CompletableFuture<Said> askNext(Throwable why) {
      NodeId node = left.poll();
      if (node == null) {
        return CompletableFuture.failedFuture(why);
      }
      if (!asked.add(node)) {
        return askNext(why);
      }
      return CompletableFuture.completedFuture(node)
          .thenCompose(question)
          .whenComplete((said, _) -> {
            if (said != null) {
              leaders.put(group, node);
              silent.remove(node);
            } else {
              leaders.remove(group, node);
            }
          })
          .exceptionallyCompose(problem -> onFailure(node, problem));
    }

    private CompletableFuture<Said> onFailure(NodeId node, Throwable problem) {
      Throwable cause =
          problem instanceof CompletionException && problem.getCause() != null
              ? problem.getCause()
              : problem;
      if (cause instanceof NotLeading notLeading) {
        silent.remove(node);
        notLeading.leader().ifPresent(left::addFirst);
      } else {
        silent.add(node);
      }
      return askNext(cause);
    }
  }
}
