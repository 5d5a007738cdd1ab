package io.vxmeta.chaos.seeded;

/// Drives a cluster into the spot where a mistake would show, and has the outcome judged.
///
/// On sound nodes it ends with [Finding#NONE], whatever its timing.
@FunctionalInterface
interface Scenario {
  Finding play(Arena arena) throws Exception;
}
