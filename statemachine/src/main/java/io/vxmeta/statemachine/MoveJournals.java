package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.Limits;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which keys changed, of each shard that is being copied from this group.
final class MoveJournals {
  /* Threads: under the apply lock. So a change and its note are one step for whoever takes the notes: what is read of a
   *   key after its note was taken is not older than the change, and a change after that is noted anew.
   * Memory of this replica, no part of the state: every replica keeps one from BEGIN on, because any may be asked to copy; a
   *   replica that was restored since has none, and says so. Together the group's journals hold BYTES_MAX, counted with what a set costs
   *   beside a key; the one that would pass it is lost.
   */

  static final long BYTES_MAX = 64L << 20;

  /// Array, key, entry and slot of a set.
  static final int KEY_OVERHEAD_BYTES = 128;

  private final long bytesMax;
  private final @Nullable Journal[] byShard = new @Nullable Journal[Limits.SHARD_MAX + 1];
  private long bytes;

  MoveJournals(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  private static final class Journal {
    private final long attempt;
    private Set<ChangedKey> changed = new HashSet<>();
    private long bytes;
    private boolean lost;

    Journal(long attempt) {
      this.attempt = attempt;
    }
  }

  /// Begins to note, and ends what was noted for an earlier attempt.
  void begin(int shard, long attempt) {
    end(shard);
    byShard[shard] = new Journal(attempt);
  }

  void end(int shard) {
    Journal journal = byShard[shard];
    if (journal != null) {
      bytes -= journal.bytes;
      byShard[shard] = null;
    }
  }

  /// Ends all of them: the state is given up.
  void endAll() {
    for (int shard = 0; shard < byShard.length; shard++) {
      end(shard);
    }
  }

  /// A mutation of the key was applied.
  void note(int shard, byte[] buffer, int keyOffset, int keyLength) {
    Journal journal = byShard[shard];
    if (journal == null || journal.lost) {
      return;
    }
    byte[] key = Arrays.copyOfRange(buffer, keyOffset, keyOffset + keyLength);
    if (journal.changed.add(new ChangedKey(key))) {
      journal.bytes += keyLength + KEY_OVERHEAD_BYTES;
      bytes += keyLength + KEY_OVERHEAD_BYTES;
      if (bytes > bytesMax) {
        lose(journal);
      }
    }
  }

  private void lose(Journal journal) {
    bytes -= journal.bytes;
    journal.bytes = 0;
    journal.changed = new HashSet<>();
    journal.lost = true;
  }

  /// Whether all changes since the attempt began were noted here.
  boolean isWhole(int shard, long attempt) {
    return of(shard, attempt).filter(journal -> !journal.lost).isPresent();
  }

  /// Whether the attempt's journal had to be given up for its size.
  boolean isLost(int shard, long attempt) {
    return of(shard, attempt).filter(journal -> journal.lost).isPresent();
  }

  /// How many keys changed since they were last taken.
  int size(int shard, long attempt) {
    return of(shard, attempt).map(journal -> journal.changed.size()).orElse(0);
  }

  /// The keys that changed since they were last taken, which stay.
  List<ChangedKey> peek(int shard, long attempt) {
    return of(shard, attempt).map(journal -> List.copyOf(journal.changed)).orElse(List.of());
  }

  /// Takes the keys that changed since they were last taken.
  Set<ChangedKey> take(int shard, long attempt) {
    Optional<Journal> found = of(shard, attempt);
    if (found.isEmpty()) {
      return Set.of();
    }
    Journal journal = found.get();
    Set<ChangedKey> taken = journal.changed;
    bytes -= journal.bytes;
    journal.bytes = 0;
    journal.changed = new HashSet<>();
    return taken;
  }

  private Optional<Journal> of(int shard, long attempt) {
    return Optional.ofNullable(byShard[shard]).filter(journal -> journal.attempt == attempt);
  }
}
