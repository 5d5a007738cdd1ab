package io.vxmeta.raft.write;

import io.vxmeta.statemachine.Answer;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import java.util.Optional;

/// A transaction on its way, and who waits for it. Exactly one of the `on` methods is called, once.
public interface PendingWrite {
  /// Stands beside the namespaces, which count from 1.
  int SYSTEM = 0;

  EncodedTransaction transaction();

  /// The namespace in whose share of the write path it waits; [#SYSTEM] for what no client sent.
  int namespace();

  /// Where order matters: writes of one lane are written in the order submitted, or not at all
  /// after a failure.
  Lane lane();

  /// On the apply thread: only take what is needed out of the reused view.
  void onAnswer(Answer answer);

  /// After `onAnswer`, on another thread: now the caller may hear.
  void onDurable();

  void onRefused(WriteRefusal refusal);

  void onUnknown(String message);

  /// Where its steps are told; nearly always empty.
  Optional<? extends WriteTrace> trace();

  /// Nobody waits any more; the write may be dropped while it is still queued.
  boolean abandoned();
}
