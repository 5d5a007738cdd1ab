package io.vxmeta.chaos.junit;

import java.nio.file.Path;

/// What came of the run of a [ChaosTest] that found nothing wrong.
///
/// @param faultKinds kinds of faults that were in force, each with evidence
/// @param faultFamilies families they are of
public record ChaosVerdict(
    long operations, long checked, long faultKinds, long faultFamilies, Path folder) {}
