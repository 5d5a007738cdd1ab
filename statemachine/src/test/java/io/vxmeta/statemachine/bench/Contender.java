package io.vxmeta.statemachine.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// The stores that are compared.
enum Contender {
  VXMETA("vxmeta"),
  CHM("chm"),
  CHRONICLE_MAP("chronicle-map"),
  LMDB("lmdb"),
  ROCKSDB("rocksdb"),
  /// No store: the machine's own limit.
  LIMIT("limit");

  private final String word;

  Contender(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }

  static Optional<Contender> named(String word) {
    return Arrays.stream(values()).filter(each -> each.word.equals(word)).findFirst();
  }

  Store open(Path directory, int keys) throws IOException {
    return switch (this) {
      case VXMETA -> VxMetaStore.open(directory);
      case CHM -> new HeapMapStore(keys);
      case CHRONICLE_MAP -> ChronicleStore.open(directory, keys);
      case LMDB -> new LmdbStore(directory, keys);
      case ROCKSDB -> new RocksDbStore(directory, keys);
      case LIMIT -> throw new IllegalArgumentException("expected a store: " + word);
    };
  }
}
