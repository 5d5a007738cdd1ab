package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.CallFailed;
import io.vxmeta.client.ClusterAdmin;
import io.vxmeta.client.ClusterAdmin.ReplicaDigest;
import io.vxmeta.client.VxClient;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.Replica;
import io.vxmeta.shardmap.Revision;
import io.vxmeta.shardmap.ShardGroup;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.shardmap.ShardMap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Compares the whole state of the replicas of shard groups.
@Command(
    name = "digest",
    description =
        "Compares the whole state of the replicas of shard groups. Exit code 7 when replicas"
            + " differ at the same log entry, 4 when a group was written to all the time so that no"
            + " two replicas were met at the same entry, or a replica does not answer.",
    mixinStandardHelpOptions = true)
final class DigestCommand implements Callable<Integer> {

  /// Replicas of a busy group are met at the same entry by luck only; then somebody has to pause
  /// writing.
  private static final int ROUNDS = 10;

  /// What a comparison came to.
  private enum Verdict {
    same,
    DIFFERENT,
    moving,
    incomplete
  }

  /// A group's digests as they were last seen.
  private record Comparison(
      ShardGroupId group, List<ReplicaDigest> digests, List<String> troubles, Verdict verdict) {}

  private final Streams streams;
  @Mixin private final Connection connection;
  @Mixin private final Output output;

  @Option(names = "--group", paramLabel = "GROUP", description = "This group only.")
  private @Nullable Integer group;

  DigestCommand(Streams streams) {
    this(streams, new Connection(), new Output());
  }

  DigestCommand(Streams streams, Connection connection, Output output) {
    this.streams = streams;
    this.connection = connection;
    this.output = output;
  }

  @Override
  public Integer call() {
    List<Comparison> comparisons = new ArrayList<>();
    try (VxClient client = connection.open()) {
      ClusterAdmin admin = client.admin();
      for (ShardGroup each : groups(admin.shardMap())) {
        comparisons.add(compare(admin, each));
      }
    }
    print(comparisons);
    return exitCode(comparisons.stream().map(Comparison::verdict).collect(Collectors.toSet()));
  }

  private static int exitCode(Set<Verdict> verdicts) {
    if (verdicts.contains(Verdict.DIFFERENT)) {
      return ExitCode.CORRUPT;
    }
    return verdicts.equals(Set.of(Verdict.same)) ? ExitCode.OK : ExitCode.UNAVAILABLE;
  }

  private Collection<ShardGroup> groups(ShardMap map) {
    Integer wanted = group;
    if (wanted == null) {
      return map.groups();
    }
    return List.of(
        map.findGroup(new ShardGroupId(wanted))
            .orElseThrow(() ->
                new CommandFailed(
                    ExitCode.NOT_MET,
                    "no such group: group=" + wanted + "; vxctl shard map lists them")));
  }

  private static Comparison compare(ClusterAdmin admin, ShardGroup group) {
    Comparison last = new Comparison(group.id(), List.of(), List.of(), Verdict.incomplete);
    Revision atLeast = Revision.ZERO;
    for (int round = 0; round < ROUNDS; round++) {
      last = once(admin, group, atLeast);
      if (last.verdict() != Verdict.moving) {
        return last;
      }
      atLeast =
          last.digests().stream()
              .map(ReplicaDigest::revision)
              .max(Revision::compareTo)
              .orElse(atLeast);
    }
    return last;
  }

  private static Comparison once(ClusterAdmin admin, ShardGroup group, Revision atLeast) {
    List<ReplicaDigest> digests = new ArrayList<>();
    List<String> troubles = new ArrayList<>();
    for (NodeId node : group.replicas().stream().map(Replica::node).toList()) {
      try {
        digests.add(admin.digest(node, group.id(), atLeast));
      } catch (CallFailed failed) {
        troubles.add(node + ": " + Vxctl.withReason(failed));
      }
    }
    return new Comparison(group.id(), digests, troubles, verdict(digests, troubles));
  }

  private static Verdict verdict(List<ReplicaDigest> digests, List<String> troubles) {
    for (ReplicaDigest one : digests) {
      for (ReplicaDigest other : digests) {
        if (one.appliedIndex() == other.appliedIndex() && one.digest() != other.digest()) {
          return Verdict.DIFFERENT;
        }
      }
    }
    if (!troubles.isEmpty()) {
      return Verdict.incomplete;
    }
    return digests.stream().map(ReplicaDigest::appliedIndex).distinct().count() == 1
        ? Verdict.same
        : Verdict.moving;
  }

  private void print(List<Comparison> comparisons) {
    TextTable table =
        new TextTable(
            "GROUP", "NODE", "ROLE", "APPLIED", "REVISION", "RECORDS", "DIGEST", "VERDICT");
    for (Comparison comparison : comparisons) {
      for (ReplicaDigest digest : comparison.digests()) {
        table.row(
            comparison.group(),
            digest.node(),
            digest.role().name().toLowerCase(Locale.ROOT),
            digest.appliedIndex(),
            digest.revision(),
            digest.records(),
            Long.toHexString(digest.digest()),
            comparison.verdict());
      }
    }
    List<String> names =
        comparisons.stream()
            .flatMap(comparison ->
                comparison.digests().stream()
                    .map(digest -> comparison.group() + "/" + digest.node()))
            .toList();
    output.print(
        streams, Listing.of("replica", json -> write(json, comparisons)).table(table).named(names));
    for (Comparison comparison : comparisons) {
      for (String trouble : comparison.troubles()) {
        streams.err().println("vxctl: group " + comparison.group() + ": " + trouble);
      }
    }
  }

  private static void write(JsonWriter json, List<Comparison> comparisons) throws IOException {
    json.beginArray();
    for (Comparison comparison : comparisons) {
      json.beginObject().name("group").value(comparison.group().value());
      json.name("verdict").value(comparison.verdict().name().toLowerCase(Locale.ROOT));
      json.name("replicas").beginArray();
      for (ReplicaDigest digest : comparison.digests()) {
        json.beginObject().name("node").value(digest.node());
        json.name("role").value(digest.role().name());
        json.name("applied_index").value(digest.appliedIndex());
        json.name("revision").value(digest.revision().value());
        json.name("records").value(digest.records());
        json.name("digest").value(Long.toHexString(digest.digest())).endObject();
      }
      json.endArray().name("troubles").beginArray();
      for (String trouble : comparison.troubles()) {
        json.value(trouble);
      }
      json.endArray().endObject();
    }
    json.endArray();
  }
}
