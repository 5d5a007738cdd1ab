package io.vxmeta.chaos.run;

/// A finished run in a few numbers and one line.
///
/// @param sound neither an anomaly, nor a loss, nor anything undecided
/// @param text the numbers, and what was found first if something was
public record RunSummary(
    boolean sound,
    long operations,
    long checked,
    long faultKinds,
    long faultFamilies,
    String text) {}
