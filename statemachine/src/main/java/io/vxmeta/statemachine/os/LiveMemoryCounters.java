package io.vxmeta.statemachine.os;

import java.util.Map;

/// The memory of a node's tables at one moment.
///
/// @param preparedBytes allocated and pre-faulted
/// @param lockedBytes of these, locked in memory
/// @param unlockedBytes of these, wanted locked but refused by the cap or the kernel
/// @param capBytes how much may be locked, or taken without a file, at most
/// @param hugePageBytes of the prepared bytes, the part for which the kernel took the request for
///   huge pages
/// @param asideBytes held aside in memory for open cuts now
/// @param asideBlocks blocks copied aside since the start
/// @param spilledBlocks of these, written to a file because the memory for them was used up
/// @param degradations how often each kind happened; absent kinds never did
public record LiveMemoryCounters(
    long preparedBytes,
    long lockedBytes,
    long unlockedBytes,
    long capBytes,
    long hugePageBytes,
    long asideBytes,
    long asideBlocks,
    long spilledBlocks,
    Map<Degradation, Long> degradations) {

  public LiveMemoryCounters {
    degradations = Map.copyOf(degradations);
  }
}
