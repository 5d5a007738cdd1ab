package io.vxmeta.statemachine.os;

import java.util.OptionalInt;

/// What we ask of the operating system about the calling thread.
///
/// No call throws for a refusal: the answer says why, and the caller degrades.
sealed interface NativeThreads permits LibcThreads, NoNativeThreads {

  /// CPUs, or why they are not known.
  record Cpus(Errno answer, IdSet ids) {
    static Cpus refused(Errno answer) {
      return new Cpus(answer, IdSet.EMPTY);
    }
  }

  /// Lets the calling thread, and threads that it makes from now on, run on `cpus` only.
  Errno pin(IdSet cpus);

  /// Where the calling thread may run.
  Cpus allowed();

  /// Where the calling thread ran a moment ago.
  OptionalInt cpu();
}
