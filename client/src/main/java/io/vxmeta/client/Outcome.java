package io.vxmeta.client;

import io.vxmeta.client.grpc.ErrorReason;
import java.util.Map;

/// How a write ended: answered, certainly without effect, or not known.
public sealed interface Outcome<A> {

  /// Answered; a compare that failed is an answer, too.
  record Done<A>(A answer) implements Outcome<A> {}

  /// Certainly nothing happened. `reason` is the name of an [ErrorReason], a gRPC code, or one of
  /// [CallFailed]'s own.
  record Refused<A>(String reason, String message, Map<String, String> facts)
      implements Outcome<A> {
    public Refused {
      facts = Map.copyOf(facts);
    }

    public boolean is(ErrorReason wanted) {
      return reason.equals(wanted.name());
    }
  }

  /// It may have happened, or may still happen; the sequence is never used for anything else.
  record Unknown<A>(String message) implements Outcome<A> {}

  /// The answer; throws [CallFailed] when there is none.
  default A orThrow() {
    if (this instanceof Done<A> done) {
      return done.answer();
    }
    if (this instanceof Refused<A> refused) {
      throw new CallFailed(refused.reason(), refused.message(), refused.facts());
    }
    throw new CallFailed(CallFailed.OUTCOME_UNKNOWN, ((Unknown<A>) this).message(), Map.of());
  }
}
