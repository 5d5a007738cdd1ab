package io.vxmeta.client;

import io.grpc.Metadata;
import io.grpc.Status;
import io.vxmeta.client.grpc.RpcFailure;
import io.vxmeta.client.grpc.UnaryCall;
import io.vxmeta.client.v1.ClusterAdminGrpc;
import io.vxmeta.client.v1.InitClusterRequest;
import io.vxmeta.client.v1.InitClusterResponse;
import io.vxmeta.shardmap.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Has a cluster begin: asks all given nodes, of which the leader of the root group answers.
final class ClusterInit {
  /* Threads: the caller's. Without a shard map nobody can be asked who leads, so everybody is asked, again and again within the deadline:
   * the nodes may be starting, or electing. All may be asked at once, because only the first map that is written counts. */

  /// For one round: an election, and a commit.
  private static final Duration ASK = Duration.ofSeconds(2);

  private static final Duration ROUND_LEAST = Duration.ofMillis(100);

  /// Said by a node that will say the same again.
  private static final Set<Status.Code> FINAL =
      Set.of(
          Status.Code.INVALID_ARGUMENT,
          Status.Code.UNIMPLEMENTED,
          Status.Code.UNAUTHENTICATED,
          Status.Code.PERMISSION_DENIED);

  private final GroupCall.Ground ground;
  private final List<Endpoint> nodes;
  private final InitClusterRequest request;

  ClusterInit(GroupCall.Ground ground, List<Endpoint> nodes, InitClusterRequest request) {
    this.ground = ground;
    this.nodes = nodes;
    this.request = request;
  }

  InitClusterResponse within(Deadline deadline) {
    Backoff backoff = ground.backoffs().get();
    while (true) {
      List<Said> round = round(deadline.remainingAtMost(ASK));
      Optional<InitClusterResponse> answer =
          round.stream().flatMap(said -> said.answer().stream()).findFirst();
      if (answer.isPresent()) {
        return answer.get();
      }
      Optional<RpcFailure> last =
          round.stream()
              .flatMap(said -> said.failure().stream())
              .filter(failure -> FINAL.contains(failure.code()))
              .findFirst();
      if (last.isPresent()) {
        throw new CallFailed(last.get().name(), last.get().text(), last.get().facts());
      }
      Duration pause = backoff.next();
      // A round that is cut short would hide what these nodes have said.
      if (deadline.remaining().compareTo(pause.plus(ROUND_LEAST)) < 0
          || Thread.currentThread().isInterrupted()) {
        throw nobody(round);
      }
      LockSupport.parkNanos(pause.toNanos());
    }
  }

  /// Asks all of them before it waits for one.
  private List<Said> round(Duration limit) {
    List<CompletableFuture<Said>> asked = nodes.stream().map(node -> ask(node, limit)).toList();
    return asked.stream().map(Futures::await).toList();
  }

  /// What became of a question; one of both.
  private record Said(Optional<InitClusterResponse> answer, Optional<RpcFailure> failure) {}

  private CompletableFuture<Said> ask(Endpoint node, Duration limit) {
    ground.channels().retryNow(node);
    return UnaryCall.<InitClusterRequest, InitClusterResponse>send(
            ground.channels().to(node),
            ClusterAdminGrpc.getInitClusterMethod(),
            new Metadata(),
            request,
            limit)
        .handle((answer, problem) -> {
          if (answer != null) {
            return new Said(Optional.of(answer), Optional.empty());
          }
          Throwable cause = Futures.cause(problem);
          if (cause instanceof RpcFailure failure) {
            return new Said(Optional.empty(), Optional.of(failure));
          }
          throw new CompletionException(cause);
        });
  }

  private CallFailed nobody(List<Said> round) {
    String words =
        IntStream.range(0, nodes.size())
            .mapToObj(i ->
                nodes.get(i)
                    + ": "
                    + round.get(i).failure().map(RpcFailure::told).orElse("no answer"))
            .collect(Collectors.joining("; "));
    boolean anySpoke =
        round.stream()
            .flatMap(said -> said.failure().stream())
            .anyMatch(failure -> failure.reason().isPresent());
    return new CallFailed(
        anySpoke ? CallFailed.DEADLINE : CallFailed.UNREACHABLE,
        "no node began the cluster, the last ones said: "
            + words
            + "; check the endpoints, and that most of the initial members run and reach each other",
        Map.of(
            "endpoints", nodes.stream().map(Endpoint::toString).collect(Collectors.joining(","))));
  }
}
