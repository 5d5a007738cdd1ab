package io.vxmeta.raft;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.ratis.LogFiles;
import io.vxmeta.raft.ratis.LogState;
import io.vxmeta.raft.ratis.MetaFiles;
import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotSearch;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// Files of a node that is down: spoiled, looked at as its start does, and put right.
///
/// @param kept where a file is kept while it is spoiled
record SpoiledFiles(NodeConfig config, int group, Random random, Path kept) {
  /* Not here, because no node can tell: a log whose last records are gone whole, a vote that is an older one (stale-vote). */

  /// What must happen when the node is started on it.
  enum End {
    REPAIRED,
    REFUSED
  }

  /// A kind of file.
  enum Kind {
    MANIFEST("MANIFEST", End.REPAIRED),
    INDEX_SEGMENT("shard-\\d+\\.index\\.\\d+", End.REPAIRED),
    HEAP_SEGMENT("shard-\\d+\\.heap\\.\\d+", End.REPAIRED),
    PRODUCERS("producers", End.REPAIRED),
    CLOSED_LOG("log_\\d+-\\d+", End.REPAIRED),
    OPEN_LOG("log_inprogress_\\d+", End.REPAIRED),
    VOTE("raft-meta", End.REFUSED),
    CONFIGURATION("raft-meta\\.conf", End.REPAIRED),
    MARKER("NODE", End.REFUSED);

    private final String name;
    final End end;

    Kind(String name, End end) {
      this.name = name;
      this.end = end;
    }
  }

  /// A file and where its bytes are kept.
  record Spoiled(Path file, Path original, String how) {
    void putRight() throws IOException {
      Path _ = Files.copy(original, file, REPLACE_EXISTING);
    }
  }

  // ---- spoiling

  private LogFiles log() {
    return LogFiles.of(config.data().resolve("raft"), config.clusterId(), new ShardGroupId(group));
  }

  private Path snapshots() {
    return config.data().resolve("groups/" + group + "/snapshots");
  }

  private Path file(Kind kind) throws IOException {
    Path under =
        switch (kind) {
          case MANIFEST, INDEX_SEGMENT, HEAP_SEGMENT, PRODUCERS -> snapshots();
          case CLOSED_LOG, OPEN_LOG, VOTE, CONFIGURATION -> log().directory();
          case MARKER -> config.data();
        };
    try (Stream<Path> all = Files.walk(under)) {
      List<Path> found =
          all.filter(each -> each.toFile().getName().matches(kind.name))
              .filter(each -> each.toFile().length() > 0)
              .sorted()
              .toList();
      assertTrue(!found.isEmpty(), () -> "no file of kind " + kind + " under " + under);
      return found.get(random.nextInt(found.size()));
    }
  }

  Spoiled flip(Kind kind) throws IOException {
    Path file = file(kind);
    byte[] original = Files.readAllBytes(Files.copy(file, kept, REPLACE_EXISTING));
    int at = random.nextInt(used(original));
    int bit = random.nextInt(Byte.SIZE);
    byte[] flipped = original.clone();
    flipped[at] ^= (byte) (1 << bit);
    Path _ = Files.write(file, flipped);
    return new Spoiled(file, kept, "bit " + bit + " of byte " + at + " in " + file);
  }

  Spoiled cut(Kind kind) throws IOException {
    Path file = file(kind);
    byte[] original = Files.readAllBytes(Files.copy(file, kept, REPLACE_EXISTING));
    int left = random.nextInt(used(original));
    Path _ = Files.write(file, Arrays.copyOf(original, left));
    return new Spoiled(file, kept, left + " of " + original.length + " bytes in " + file);
  }

  /// Bytes before the zeros that an open log file is allocated with.
  private static int used(byte[] bytes) {
    int used = bytes.length;
    while (used > 1 && bytes[used - 1] == 0) {
      used--;
    }
    return used;
  }

  // ---- what a start finds

  /// Empty if the file passes for a sound one.
  String found(Kind kind) {
    try {
      return switch (kind) {
        case MANIFEST, INDEX_SEGMENT, HEAP_SEGMENT, PRODUCERS -> {
          SnapshotSearch search =
              SnapshotStore.open(snapshots(), new SnapshotOwner(config.clusterId(), group))
                  .newestValid();
          yield search.bad().isEmpty() ? "" : search.bad().toString();
        }
        case CLOSED_LOG, OPEN_LOG ->
            switch (log().check()) {
              case LogState.Damaged damaged -> damaged.what();
              case LogState.Torn torn -> "torn: " + torn;
              case LogState.Whole _, LogState.Empty _ -> "";
            };
        case VOTE -> {
          MetaFiles.in(log().directory()).requireVote();
          yield "";
        }
        case CONFIGURATION ->
            MetaFiles.in(log().directory()).holdsConfiguration() ? "" : "no configuration";
        case MARKER -> {
          try (NodeDirectory marker = NodeDirectory.open(config)) {
            yield marker.groupsCreated() ? "" : "a first start";
          }
        }
      };
    } catch (IOException | NodeDirectory.Unusable refused) {
      return String.valueOf(refused.getMessage());
    }
  }

  /// Whether what is left means the same: a comment of the marker, a damaged seal.
  static boolean isHarmless(Kind kind, Spoiled spoiled) throws IOException {
    byte[] now = Files.readAllBytes(spoiled.file());
    byte[] original = Files.readAllBytes(spoiled.original());
    return switch (kind) {
      case MARKER -> meaning(now).equals(meaning(original));
      case VOTE, CONFIGURATION -> differsInSealOnly(kind, now, original);
      default -> false;
    };
  }

  private static List<String> meaning(byte[] marker) {
    return new String(marker, StandardCharsets.ISO_8859_1)
        .lines()
        .filter(line -> !line.matches("[#!].*"))
        .toList();
  }

  private static boolean differsInSealOnly(Kind kind, byte[] now, byte[] original) {
    int sealed = MetaFiles.seal(kind == Kind.VOTE ? "raft-meta" : "raft-meta.conf", 0).length;
    int left = original.length - sealed;
    return now.length >= left && Arrays.equals(now, 0, left, original, 0, left);
  }
}
