package io.vxmeta.chaos.check.txn;

/// A drawing of a cycle.
///
/// @param dot for Graphviz
/// @param svg a document that needs nothing else
public record Picture(String dot, String svg) {}
