package io.vxmeta.raft.ratis;

/// Stops this process at once because going on could lose or invent data.
///
/// A crash is repaired by Raft, a wrong state is not. The implementation must not return normally
/// in production: it prints one line that names the cause and halts without running shut-down
/// hooks.
@FunctionalInterface
public interface FailStop {
  void stop(String cause, Throwable problem);
}
