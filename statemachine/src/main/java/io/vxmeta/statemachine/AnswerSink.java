package io.vxmeta.statemachine;

/// Takes the answers of a batch, one for each transaction, in their order.
@FunctionalInterface
public interface AnswerSink {
  /// Drops all answers: for followers and replay.
  AnswerSink NONE = (_, _) -> {};

  /// Called on the apply thread while it holds the apply lock: copy what is needed and return.
  ///
  /// @param transaction number of the transaction inside the batch, from 0
  /// @param answer valid during the call only; see [Answer#copy]
  void answer(int transaction, Answer answer);
}
