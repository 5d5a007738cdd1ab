package io.vxmeta.chaos.workload;

import io.vxmeta.client.Bytes;

/// The keys of one run of one workload: numbers, dealt to hash tags, so that equal tags share a
/// shard.
///
/// @param run tells this run's keys from every other's on the same cluster
/// @param tags how many shards they are dealt to, at most
record KeySpace(String run, int tags) {

  /// Every workload writes here: the namespace that is there from the start.
  static final String NAMESPACE = "default";

  KeySpace {
    if (tags < 1) {
      throw new IllegalArgumentException("expected at least one tag: tags=" + tags);
    }
  }

  /// Keys of this stage's run; `name` is the workload's.
  static KeySpace of(String name, Stage stage, int tags) {
    return new KeySpace(
        name + "/" + Long.toString(stage.seed(), 36) + "." + Long.toString(System.nanoTime(), 36),
        tags);
  }

  int tag(long number) {
    return (int) (number % tags);
  }

  Bytes key(long number) {
    return Bytes.utf8(run + "/{" + run + "." + tag(number) + "}/" + number);
  }
}
