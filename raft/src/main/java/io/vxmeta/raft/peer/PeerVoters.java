package io.vxmeta.raft.peer;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.vxmeta.client.v1.PeerGrpc;
import io.vxmeta.client.v1.VotersRequest;
import io.vxmeta.client.v1.VotersResponse;
import io.vxmeta.raft.move.VoterQuestion;
import io.vxmeta.raft.move.Voters;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Asks all nodes, this one and the others over their peer port, who has a vote in a group: the one
/// that leads it knows.
public final class PeerVoters implements VoterQuestion {
  /// More than a round of the barrier takes.
  private static final long DEADLINE_MS = 3_000;

  /// What a build can know of, each all before it: that replicas move, that nodes join and leave,
  /// and that shards move.
  public static final int REPLICAS_MOVE = 1;

  public static final int NODES_JOIN = 2;

  /// 3 says a build that has moves, but in which their entries take no revision: its replicas would
  /// come to other revisions than ours.
  public static final int SHARDS_MOVE = 4;

  private final String clusterId;
  private final VoterQuestion self;
  private final Map<NodeId, ManagedChannel> channels;

  /// @param self answers for this node
  public PeerVoters(String clusterId, VoterQuestion self, Map<NodeId, ManagedChannel> channels) {
    this.clusterId = clusterId;
    this.self = self;
    this.channels = channels;
  }

  @Override
  public CompletableFuture<Voters> voters(ShardGroupId group) {
    List<CompletableFuture<Voters>> answers =
        Stream.concat(
                Stream.of(self.voters(group)),
                channels.values().stream().map(channel -> ask(channel, group)))
            .toList();
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .thenApply(_ ->
            answers.stream()
                .map(CompletableFuture::join)
                .filter(Voters::isKnown)
                .max(Comparator.comparingLong(Voters::index))
                .orElse(Voters.UNKNOWN));
  }

  /// Nodes that answer, and whose build knows less. One from before replicas moved does not know
  /// the question, and the first that did said no number.
  public CompletableFuture<Set<NodeId>> behind(int wanted) {
    Map<NodeId, CompletableFuture<Boolean>> answers = new TreeMap<>();
    channels.forEach((node, channel) ->
        answers.put(
            node,
            request(channel, ShardGroupId.ROOT)
                .handle((response, problem) ->
                    problem == null
                        ? Math.max(response.getMembership(), REPLICAS_MOVE) < wanted
                        : Status.fromThrowable(problem).getCode() == Status.Code.UNIMPLEMENTED)));
    return CompletableFuture.allOf(answers.values().toArray(CompletableFuture[]::new))
        .thenApply(_ ->
            answers.entrySet().stream()
                .filter(answer -> answer.getValue().join())
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  private UnaryFuture<VotersResponse> request(ManagedChannel channel, ShardGroupId group) {
    UnaryFuture<VotersResponse> answer = new UnaryFuture<>();
    PeerGrpc.newStub(channel)
        .withDeadlineAfter(DEADLINE_MS, TimeUnit.MILLISECONDS)
        .voters(
            VotersRequest.newBuilder().setGroup(group.value()).setClusterId(clusterId).build(),
            answer);
    return answer;
  }

  private CompletableFuture<Voters> ask(ManagedChannel channel, ShardGroupId group) {
    return request(channel, group)
        .handle((response, problem) ->
            problem != null
                ? Voters.UNKNOWN
                : new Voters(
                    nodes(response.getVotersList()),
                    response.getIndex(),
                    nodes(response.getNodesList())));
  }

  private static Set<NodeId> nodes(List<String> names) {
    return names.stream().map(NodeId::new).collect(Collectors.toSet());
  }
}
