package io.vxmeta.statemachine.os;

import java.util.Optional;
import java.util.OptionalInt;

/// On which CPUs threads of this process run. Every call is about the thread that makes it.
///
/// Threads: any.
public final class ThreadAffinity {
  /* A thread that is made takes over the CPUs of the one that makes it. So a pinned thread that starts workers of a pool pins
   * them as well, unless these set their own CPUs first. */

  private final NativeThreads system;

  private ThreadAffinity(NativeThreads system) {
    this.system = system;
  }

  /// Of this system; where it has no such calls, as [#unknown].
  public static ThreadAffinity ofSystem() {
    Optional<LibcThreads> libc = LibcThreads.find();
    return libc.isPresent() ? new ThreadAffinity(libc.get()) : unknown();
  }

  /// Knows nothing and refuses everything, without a native call.
  public static ThreadAffinity unknown() {
    return new ThreadAffinity(new NoNativeThreads());
  }

  /// Lets the calling thread run on `cpus` only. Of these the kernel takes those that the process'
  /// control group has.
  ///
  /// @return the name of the error that the kernel refused with; empty when it was done
  public Optional<String> pin(IdSet cpus) {
    Errno answer = system.pin(cpus);
    return answer.ok() ? Optional.empty() : Optional.of(answer.symbol());
  }

  /// Where the calling thread may run: by its own setting and by the process' control group.
  public Optional<IdSet> allowed() {
    NativeThreads.Cpus cpus = system.allowed();
    return cpus.answer().ok() ? Optional.of(cpus.ids()) : Optional.empty();
  }

  /// Where the calling thread ran a moment ago.
  public OptionalInt cpu() {
    return system.cpu();
  }
}
