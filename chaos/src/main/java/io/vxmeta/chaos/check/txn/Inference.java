package io.vxmeta.chaos.check.txn;

import java.util.Optional;

/// What one workload lets us conclude from its answers.
interface Inference extends Reasons {
  /// Why nothing may be concluded from this history, if so; asked BEFORE everything else.
  Optional<String> refusal();

  /// Adds the ww, wr and rw edges that the answers prove.
  void infer(Edges edges);

  /// Says what is wrong without any cycle; called AFTER [#infer].
  void find(Findings findings);
}
