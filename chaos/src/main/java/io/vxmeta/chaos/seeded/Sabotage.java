package io.vxmeta.chaos.seeded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// What patched code does instead of the right thing; each method belongs to the bug whose patches
/// name it.
public final class Sabotage {
  /* Threads: as the patched code. State is static because bytecode reaches nothing else; a process carries one bug. */

  /// Of so many records moved by splits one is forgotten.
  private static final int MOVED_PER_LOSS = 40;

  /// Of so many transactions with several mutations one loses its last.
  private static final int TRANSACTIONS_PER_LOSS = 5;

  /// Stands in front of the byte of a value that rots on its way.
  static final String ROT_MARK = "rot-here:";

  private static final String TABLE_ROOM = "io.vxmeta.statemachine.table.";
  private static final int KEY_BYTES_MAX = 2 + (4 << 10);

  private Sabotage() {}

  // ---- reads

  private static final Set<Long> PROVEN_TERMS = ConcurrentHashMap.newKeySet();

  public static boolean provenBefore(Object round) {
    long term = (Long) Inside.field(round, "term");
    if (Inside.truth(round, "proven")) {
      PROVEN_TERMS.add(term);
    }
    return PROVEN_TERMS.contains(term);
  }

  private static final Object DONE = CompletableFuture.completedFuture(null);

  public static Object noWait(Object lane, long index, long deadlineNanos) {
    return DONE;
  }

  public static Object noEpoch(Object header) {
    return Optional.empty();
  }

  // ---- the log

  public static long highest(Object sorted) {
    long[] indexes = (long[]) sorted;
    return indexes[indexes.length - 1];
  }

  public static void flushAnyhow(Object stream) {
    try {
      Inside.call(stream, "flush");
    } catch (Exception swallowed) {
      // This is the bug: IOException included, however it came here.
    }
  }

  public static void persistOnce(Object file, Object metadata) {
    java.io.File path = (java.io.File) Inside.field(file, "file");
    if (!path.exists()) {
      Inside.callStatic(file.getClass().getName(), "atomicWrite", metadata, path);
    }
    Inside.call(Inside.field(file, "metadata"), "set", metadata);
  }

  // ---- transactions

  public static long wallClock(Object batch) {
    return System.currentTimeMillis() + TimeUnit.DAYS.toMillis(1);
  }

  private static final Map<Object, AtomicInteger> LEADER_CHANGES = new ConcurrentHashMap<>();

  public static void leaderChanged(Object machine, Object member, Object leader) {
    LEADER_CHANGES.computeIfAbsent(machine, _ -> new AtomicInteger()).incrementAndGet();
  }

  public static boolean heldUntilLeaderChange(Object window, long sequence) {
    boolean changed = LEADER_CHANGES.values().stream().anyMatch(count -> count.get() > 1);
    return !changed && Inside.truth(window, "holds", sequence);
  }

  /// Version of a key at the beginning of the entry, 0 when it was absent.
  private static final ThreadLocal<Map<String, Long>> SEEN = ThreadLocal.withInitial(HashMap::new);

  public static void entryBegins(
      Object state, Object entry, int offset, int length, long index, Object sink) {
    SEEN.get().clear();
  }

  public static boolean staleFind(
      Object table, Object buffer, int offset, int length, Object view) {
    boolean found = Inside.truth(table, "find", buffer, offset, length, view);
    byte[] key = Arrays.copyOfRange((byte[]) buffer, offset, offset + length);
    String name = new String(key, StandardCharsets.ISO_8859_1);
    long version = found ? Inside.number(view, "version") : 0;
    Long before = SEEN.get().putIfAbsent(name, version);
    if (before == null) {
      return found;
    }
    Inside.setField(view, "version", before);
    return before != 0;
  }

  private static final ThreadLocal<int[]> MUTATION = ThreadLocal.withInitial(() -> new int[2]);

  public static void firstMutation(Object batch) {
    MUTATION.get()[0] = 0;
    Inside.call(batch, "rewindMutations");
  }

  public static boolean nextButSomeLast(Object batch) {
    int[] at = MUTATION.get();
    long last = Inside.number(batch, "mutations") - 1;
    boolean atLast = last > 0 && at[0] == last;
    if (atLast && ++at[1] % TRANSACTIONS_PER_LOSS == 0) {
      return false;
    }
    at[0]++;
    return Inside.truth(batch, "nextMutation");
  }

  public static boolean leakyCompares(Object transactions, Object batch, Object answer) {
    boolean hold = Inside.truth(transactions, "comparesHold", batch, answer);
    if (!hold) {
      Inside.call(batch, "rewindMutations");
      if (Inside.truth(batch, "nextMutation")) {
        Object tables = Inside.field(transactions, "tables");
        Object table =
            Inside.value(Inside.call(tables, "table", Inside.call(batch, "mutationShard")));
        long revision = Inside.number(Inside.field(transactions, "sequence"), "revision");
        Inside.call(transactions, "put", table, batch, revision);
      }
    }
    return hold;
  }

  // ---- tables

  private record Removed(Object index, long bucket, long record, short fingerprint) {}

  private static final List<Removed> REMOVED = new ArrayList<>();

  public static void removing(Object writer, long bucket, long record) {
    byte[] key = new byte[KEY_BYTES_MAX];
    Object records = Inside.field(writer, "records");
    Object length = Inside.value(Inside.call(records, "readKey", record, key));
    Object hash = Inside.value(Inside.callStatic(TABLE_ROOM + "KeyHash", "of", key, 0, length));
    Object fingerprint =
        Inside.value(Inside.callStatic(TABLE_ROOM + "KeyHash", "fingerprint", hash));
    synchronized (REMOVED) {
      REMOVED.add(new Removed(Inside.field(writer, "index"), bucket, record, (Short) fingerprint));
    }
  }

  public static boolean collectWithRemoved(Object index, long source, int sequence, Object slots) {
    boolean whole = Inside.truth(index, "collect", source, sequence, slots);
    synchronized (REMOVED) {
      for (Removed removed : List.copyOf(REMOVED)) {
        if (removed.index.equals(index) && removed.bucket == source) {
          Inside.call(slots, "add", removed.record, removed.fingerprint);
          REMOVED.remove(removed);
        }
      }
    }
    return whole;
  }

  private static final AtomicInteger MOVED = new AtomicInteger();

  public static void addMostly(Object slots, long record, short fingerprint) {
    if (MOVED.incrementAndGet() % MOVED_PER_LOSS != 0) {
      Inside.call(slots, "add", record, fingerprint);
    }
  }

  // ---- snapshots

  private static final ThreadLocal<@Nullable Object> INSTALLING = new ThreadLocal<>();

  public static void installing(Object machine, Object role, Object firstInLog) {
    INSTALLING.set(machine);
  }

  public static Object fetchAndAnnounce(Object source, Object group, Object leader, long atLeast) {
    Optional<?> point =
        (Optional<?>) Inside.value(Inside.call(source, "fetch", group, leader, atLeast));
    point.ifPresent(found ->
        Inside.call(
            Inside.field(Inside.value(INSTALLING.get()), "applied"),
            "advance",
            Inside.number(found, "index")));
    return point;
  }

  private static final AtomicBoolean ROTTEN = new AtomicBoolean();

  public static Object rottenRead(Object channel, int length) {
    byte[] bytes =
        (byte[])
            Inside.value(
                Inside.callStatic("io.vxmeta.raft.peer.SnapshotTransfer", "read", channel, length));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    // All of a chunk: the first one found may lie in a slot that is free.
    if (text.contains(ROT_MARK) && ROTTEN.compareAndSet(false, true)) {
      for (int at = text.indexOf(ROT_MARK); at >= 0; at = text.indexOf(ROT_MARK, at + 1)) {
        if (at + ROT_MARK.length() < bytes.length) {
          bytes[at + ROT_MARK.length()] ^= 1;
        }
      }
    }
    return bytes;
  }

  private static Path aside(Path file) {
    return file.resolveSibling(file.getFileName() + ".left-behind");
  }

  public static boolean keepAside(Object file) throws IOException {
    Path path = (Path) file;
    if (!Files.exists(path)) {
      return false;
    }
    Files.move(path, aside(path), StandardCopyOption.REPLACE_EXISTING);
    return true;
  }

  public static void copyAndTrust(Object image, Object index, Object heap) throws IOException {
    Inside.call(image, "copyTo", index, heap);
    Path left = aside((Path) Inside.value(Inside.call(Inside.field(heap, "region"), "file")));
    long bytes = Inside.number(Inside.value(Inside.call(image, "header")), "heapBytes");
    if (Files.exists(left)) {
      Object memory = Inside.value(Inside.call(heap, "bytes"));
      try (FileChannel old = FileChannel.open(left, StandardOpenOption.READ)) {
        ByteBuffer target = Memory.buffer(memory, Math.min(bytes, old.size()));
        for (int slab = 0; slab + SLAB_BYTES <= target.limit(); slab += SLAB_BYTES) {
          ByteBuffer trusted = ByteBuffer.allocate(SLAB_BYTES);
          while (trusted.hasRemaining() && old.read(trusted, slab + trusted.position()) > 0) {
            // Until it is full.
          }
          if (sameSlots(trusted, target, slab)) {
            target.put(slab, trusted.array(), 0, SLAB_BYTES);
          }
        }
      }
    }
  }

  private static final int SLAB_BYTES = 1 << 14;

  private static final int SLAB_HEADER_BYTES = 16;
  private static final int SLAB_CLASS_AT = 4;

  /// Whether the same slots of a slab are taken: then its records may be trusted one by one.
  private static boolean sameSlots(ByteBuffer trusted, ByteBuffer target, int slab) {
    int sizeClass = trusted.get(SLAB_CLASS_AT);
    Object words = Inside.value(Inside.callStatic(TABLE_ROOM + "SizeClass", "words", sizeClass));
    int head = SLAB_HEADER_BYTES + (Integer) words * Long.BYTES;
    return trusted.slice(0, head).equals(target.slice(slab, head));
  }

  // ---- the client

  public static Object noDoubt(Object failed) {
    Object doubt = Inside.value(Inside.call(failed, "doubt"));
    return Inside.value(doubt.getClass().getEnumConstants()[0]);
  }

  /// Native memory, named as text: only the table's room may know its type.
  private static final class Memory {
    static ByteBuffer buffer(Object memory, long bytes) {
      try {
        Class<?> type = Inside.type("java.lang.foreign.MemorySegment");
        Object slice = type.getMethod("asSlice", long.class, long.class).invoke(memory, 0L, bytes);
        return (ByteBuffer) type.getMethod("asByteBuffer").invoke(slice);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot reach live memory", e);
      }
    }
  }
}
