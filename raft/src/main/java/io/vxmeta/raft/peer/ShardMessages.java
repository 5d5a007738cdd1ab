package io.vxmeta.raft.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vxmeta.client.v1.CopyStepResponse;
import io.vxmeta.client.v1.ShardPhaseMessage;
import io.vxmeta.client.v1.ShardStandingResponse;
import io.vxmeta.raft.move.ShardGroups.NotLeading;
import io.vxmeta.raft.move.ShardGroups.Said;
import io.vxmeta.shardmap.NodeId;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.CopyStep;
import io.vxmeta.statemachine.Outcome;
import io.vxmeta.statemachine.ShardPhase;
import io.vxmeta.statemachine.ShardStanding;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import java.util.Optional;

/// What nodes say to each other about shards that move, as messages and back.
final class ShardMessages {

  private ShardMessages() {}

  static ShardStandingResponse encode(Said said) {
    return ShardStandingResponse.newBuilder()
        .setPhase(
            switch (said.standing().phase()) {
              case OWNED -> ShardPhaseMessage.SHARD_PHASE_OWNED;
              case FROZEN -> ShardPhaseMessage.SHARD_PHASE_FROZEN;
              case STAGING -> ShardPhaseMessage.SHARD_PHASE_STAGING;
              case SEALED -> ShardPhaseMessage.SHARD_PHASE_SEALED;
              case AWAY -> ShardPhaseMessage.SHARD_PHASE_AWAY;
            })
        .setAttempt(said.standing().attempt())
        .setOpen(said.standing().open())
        .setNextPart(said.standing().nextPart())
        .setOutcome(said.outcome().name())
        .setRevision(said.revision())
        .build();
  }

  static ShardStandingResponse encode(NotLeading notLeading) {
    return ShardStandingResponse.newBuilder()
        .setLeaderNode(notLeading.leader().map(NodeId::value).orElse(""))
        .build();
  }

  /// Throws [NotLeading] if the node does not lead the group.
  static Said said(NodeId by, ShardGroupId group, ShardStandingResponse message) {
    ShardPhase phase =
        switch (message.getPhase()) {
          case SHARD_PHASE_OWNED -> ShardPhase.OWNED;
          case SHARD_PHASE_FROZEN -> ShardPhase.FROZEN;
          case SHARD_PHASE_STAGING -> ShardPhase.STAGING;
          case SHARD_PHASE_SEALED -> ShardPhase.SEALED;
          case SHARD_PHASE_AWAY -> ShardPhase.AWAY;
          case SHARD_PHASE_UNSPECIFIED, UNRECOGNIZED ->
              throw new NotLeading(
                  group,
                  message.getLeaderNode().isEmpty()
                      ? Optional.empty()
                      : Optional.of(new NodeId(message.getLeaderNode())));
        };
    return new Said(
        by,
        new ShardStanding(phase, message.getAttempt(), message.getOpen(), message.getNextPart()),
        Outcome.valueOf(message.getOutcome()),
        message.getRevision());
  }

  static CopyStepResponse encode(CopyStep step) {
    CopyStepResponse.Builder message = CopyStepResponse.newBuilder();
    switch (step) {
      case CopyStep.Part part ->
          message.setPart(
              CopyStepResponse.Piece.newBuilder()
                  .setEntry(bytes(part.entry()))
                  .setNumber(part.number())
                  .setRecords(part.records()));
      case CopyStep.Seal seal ->
          message.setSeal(
              CopyStepResponse.Piece.newBuilder()
                  .setEntry(bytes(seal.entry()))
                  .setNumber(seal.number())
                  .setRecords(seal.records()));
      case CopyStep.Freeze _ -> message.setFreeze(true);
      case CopyStep.Over over -> message.setOver(over.reason());
    }
    return message.build();
  }

  private static ByteString bytes(EncodedTransaction entry) {
    return UnsafeByteOperations.unsafeWrap(entry.sealed());
  }

  static CopyStep step(CopyStepResponse message) {
    return switch (message.getStepCase()) {
      case PART ->
          new CopyStep.Part(
              entry(message.getPart().getEntry()),
              message.getPart().getNumber(),
              Math.toIntExact(message.getPart().getRecords()));
      case SEAL ->
          new CopyStep.Seal(
              entry(message.getSeal().getEntry()),
              message.getSeal().getNumber(),
              message.getSeal().getRecords());
      case FREEZE -> new CopyStep.Freeze();
      case OVER -> new CopyStep.Over(message.getOver());
      case STEP_NOT_SET -> throw new IllegalStateException("expected a step of a copy");
    };
  }

  static EncodedTransaction entry(ByteString bytes) {
    return EncodedTransaction.ofMove(bytes.toByteArray());
  }
}
