package io.vxmeta.client;

import io.vxmeta.shardmap.Revision;
import java.util.List;
import java.util.OptionalLong;

/// What became of a transaction. `sequence` is the producer's number for it; `replayed` says that
/// this is the first answer repeated, the transaction was applied once.
public record WriteAnswer(Result result, Freshness freshness, long sequence, boolean replayed) {

  /// Applied with the result of each mutation, or not and why.
  public sealed interface Result {}

  /// All mutations happened, at [WriteAnswer#revision].
  public record Applied(List<MutationResult> mutations) implements Result {
    public Applied {
      mutations = List.copyOf(mutations);
    }
  }

  /// The compare at this index did not hold; nothing happened. `foundVersion` is 0 when the key is
  /// absent.
  public record CompareFailed(int index, Revision foundVersion) implements Result {}

  /// The mutation at this index met a value of another type; nothing happened.
  public record WrongType(int index) implements Result {}

  /// The set or intervals of the mutation at this index would become too large; nothing happened.
  public record CollectionTooLarge(int index) implements Result {}

  /// `existed`: there was a record before. `number`: of add, max and min the counter afterwards; of
  /// put-if-newer 1 if it was stored, else 0; of sets the members that came or went; of intervals
  /// the numbers newly covered, at most `Long.MAX_VALUE`.
  public record MutationResult(boolean existed, OptionalLong number) {}

  public boolean applied() {
    return result instanceof Applied;
  }

  /// The shard group's revision the answer belongs to: the version of every record put when
  /// applied.
  public Revision revision() {
    return freshness.token().revision();
  }
}
