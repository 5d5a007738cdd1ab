package io.vxmeta.statemachine.os;

import java.util.OptionalInt;

/// The twin for systems without these calls: refuses each of them.
record NoNativeThreads() implements NativeThreads {

  @Override
  public Errno pin(IdSet cpus) {
    return Errno.ENOSYS;
  }

  @Override
  public Cpus allowed() {
    return Cpus.refused(Errno.ENOSYS);
  }

  @Override
  public OptionalInt cpu() {
    return OptionalInt.empty();
  }
}
