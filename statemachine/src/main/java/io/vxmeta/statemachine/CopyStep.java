package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.EncodedTransaction;

/// What comes next of a shard's copy, for the target's log.
public sealed interface CopyStep {
  /// Propose it to the target; it is the next part until it is seen applied there.
  ///
  /// @param number of the part, from 0
  /// @param records in it, those removed included
  record Part(EncodedTransaction entry, long number, int records) implements CopyStep {}

  /// All but little is copied: propose `FREEZE` to the source, and ask again when this replica has
  /// applied it. Until then more may come: asking again is allowed and gives parts, or this.
  record Freeze() implements CopyStep {}

  /// The last part. Propose it to the target.
  ///
  /// @param records the shard had in all when it was frozen
  record Seal(EncodedTransaction entry, long number, long records) implements CopyStep {}

  /// This replica can not go on with the attempt; the reason is one sentence.
  record Over(String reason) implements CopyStep {}
}
