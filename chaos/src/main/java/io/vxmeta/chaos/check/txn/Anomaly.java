package io.vxmeta.chaos.check.txn;

/// Something a history shows that some isolation level forbids, and the proof in words.
public record Anomaly(String name, String proof) {}
