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
import java.util.concurrent.atomic.AtomicReference;
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

  private Sabotage() {}

  // ---- reads

  private static final Set<Long> PROVEN_TERMS = ConcurrentHashMap.newKeySet();

  public static boolean provenBefore(Object round) {
    long term = (Long) Inside.field(Member.ROUND_TERM, round);
    if (Inside.truth(Member.ROUND_PROVEN, round)) {
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
      Inside.call(Member.LOG_FLUSH, stream);
    } catch (Exception swallowed) {
      // This is the bug: IOException included, however it came here.
    }
  }

  @SuppressWarnings("unchecked")
  public static void persistOnce(Object file, Object metadata) {
    java.io.File path = (java.io.File) Inside.field(Member.VOTE_FILE, file);
    if (!path.exists()) {
      Inside.call(Member.VOTE_WRITE, null, metadata, path);
    }
    ((AtomicReference<Object>) Inside.field(Member.VOTE_HELD, file)).set(metadata);
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
    return !changed && Inside.truth(Member.WINDOW_HOLDS, window, sequence);
  }

  /// Version of a key at the beginning of the entry, 0 when it was absent.
  private static final ThreadLocal<Map<String, Long>> SEEN = ThreadLocal.withInitial(HashMap::new);

  public static void entryBegins(
      Object state, Object entry, int offset, int length, long index, Object sink) {
    SEEN.get().clear();
  }

  public static boolean staleFind(
      Object table, Object buffer, int offset, int length, Object view) {
    boolean found = Inside.truth(Member.TABLE_FIND, table, buffer, offset, length, view);
    byte[] key = Arrays.copyOfRange((byte[]) buffer, offset, offset + length);
    String name = new String(key, StandardCharsets.ISO_8859_1);
    long version = found ? (Long) Inside.field(Member.VIEW_VERSION, view) : 0;
    Long before = SEEN.get().putIfAbsent(name, version);
    if (before == null) {
      return found;
    }
    Inside.setField(Member.VIEW_VERSION, view, before);
    return before != 0;
  }

  private static final ThreadLocal<int[]> MUTATION = ThreadLocal.withInitial(() -> new int[2]);

  public static void firstMutation(Object batch) {
    MUTATION.get()[0] = 0;
    Inside.call(Member.REWIND_MUTATIONS, batch);
  }

  public static boolean nextButSomeLast(Object batch) {
    int[] at = MUTATION.get();
    long last = Inside.number(Member.MUTATIONS, batch) - 1;
    boolean atLast = last > 0 && at[0] == last;
    if (atLast && ++at[1] % TRANSACTIONS_PER_LOSS == 0) {
      return false;
    }
    at[0]++;
    return Inside.truth(Member.NEXT_MUTATION, batch);
  }

  public static boolean leakyCompares(Object transactions, Object batch, Object answer) {
    boolean hold = Inside.truth(Member.COMPARES_HOLD, transactions, batch, answer);
    if (!hold) {
      Inside.call(Member.REWIND_MUTATIONS, batch);
      if (Inside.truth(Member.NEXT_MUTATION, batch) && isPut(batch)) {
        Object tables = Inside.field(Member.TRANSACTIONS_TABLES, transactions);
        Object shard = Inside.value(Inside.call(Member.MUTATION_SHARD, batch));
        Object table = Inside.value(Inside.call(Member.TABLE_OF_SHARD, tables, shard));
        Object sequence = Inside.field(Member.TRANSACTIONS_SEQUENCE, transactions);
        long revision = Inside.number(Member.REVISION, sequence);
        long leaderTimeMs = Inside.number(Member.LEADER_TIME, batch);
        Inside.call(Member.TRANSACTIONS_PUT, transactions, table, batch, revision, leaderTimeMs);
      }
    }
    return hold;
  }

  private static boolean isPut(Object batch) {
    return Inside.value(Inside.call(Member.MUTATION_KIND, batch))
        .equals(Inside.constant(Member.KIND_PUT));
  }

  // ---- tables

  private record Removed(Object index, long bucket, long record, short fingerprint) {}

  private static final List<Removed> REMOVED = new ArrayList<>();

  public static void removing(Object writer, long bucket, long record) {
    byte[] key = new byte[(Integer) Inside.constant(Member.KEY_BYTES_MAX)];
    Object records = Inside.field(Member.WRITER_RECORDS, writer);
    Object length = Inside.value(Inside.call(Member.READ_KEY, records, record, key));
    Object hash = Inside.value(Inside.call(Member.KEY_HASH, null, key, 0, length));
    Object fingerprint = Inside.value(Inside.call(Member.FINGERPRINT, null, hash));
    Object index = Inside.field(Member.WRITER_INDEX, writer);
    synchronized (REMOVED) {
      REMOVED.add(new Removed(index, bucket, record, (Short) fingerprint));
    }
  }

  public static boolean collectWithRemoved(Object index, long source, int sequence, Object slots) {
    boolean whole = Inside.truth(Member.COLLECT, index, source, sequence, slots);
    synchronized (REMOVED) {
      for (Removed removed : List.copyOf(REMOVED)) {
        if (removed.index.equals(index) && removed.bucket == source) {
          Inside.call(Member.ADD_SLOT, slots, removed.record, removed.fingerprint);
          REMOVED.remove(removed);
        }
      }
    }
    return whole;
  }

  private static final AtomicInteger MOVED = new AtomicInteger();

  public static void addMostly(Object slots, long record, short fingerprint) {
    if (MOVED.incrementAndGet() % MOVED_PER_LOSS != 0) {
      Inside.call(Member.ADD_SLOT, slots, record, fingerprint);
    }
  }

  // ---- snapshots

  private static final ThreadLocal<@Nullable Object> INSTALLING = new ThreadLocal<>();

  public static void installing(Object machine, Object offer) {
    INSTALLING.set(machine);
  }

  public static Object fetchAndAnnounce(Object source, Object group, Object leader, long atLeast) {
    Optional<?> point =
        (Optional<?>) Inside.value(Inside.call(Member.FETCH, source, group, leader, atLeast));
    point.ifPresent(found ->
        Inside.call(
            Member.ADVANCE,
            Inside.field(Member.MACHINE_APPLIED, Inside.value(INSTALLING.get())),
            Inside.number(Member.POINT_INDEX, found)));
    return point;
  }

  private static final AtomicBoolean ROTTEN = new AtomicBoolean();

  public static Object rottenRead(Object channel, int length) {
    byte[] bytes = (byte[]) Inside.value(Inside.call(Member.READ_CHUNK, null, channel, length));
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
    Inside.call(Member.COPY_IMAGE, image, index, heap);
    Object region = Inside.field(Member.LIVE_REGION, heap);
    Path left = aside((Path) Inside.value(Inside.call(Member.REGION_FILE, region)));
    Object header = Inside.value(Inside.call(Member.IMAGE_HEADER, image));
    long bytes = Inside.number(Member.HEAP_BYTES, header);
    if (Files.exists(left)) {
      Object memory = Inside.value(Inside.call(Member.LIVE_BYTES, heap));
      try (FileChannel old = FileChannel.open(left, StandardOpenOption.READ)) {
        trustSlabs(old, buffer(memory, Math.min(bytes, old.size())));
      }
    }
  }

  private static void trustSlabs(FileChannel old, ByteBuffer target) throws IOException {
    int slabBytes = (Integer) Inside.constant(Member.SLAB_BYTES);
    for (int slab = 0; slab + slabBytes <= target.limit(); slab += slabBytes) {
      ByteBuffer trusted = ByteBuffer.allocate(slabBytes);
      while (trusted.hasRemaining() && old.read(trusted, slab + trusted.position()) > 0) {
        // Until it is full.
      }
      if (sameSlots(trusted, target, slab)) {
        target.put(slab, trusted.array(), 0, slabBytes);
      }
    }
  }

  /// Whether the same slots of a slab are taken: then its records may be trusted one by one.
  private static boolean sameSlots(ByteBuffer trusted, ByteBuffer target, int slab) {
    int sizeClass = trusted.get((Integer) Inside.constant(Member.SLAB_CLASS_AT));
    int words = (int) Inside.number(Member.SLAB_WORDS, null, sizeClass);
    int head = (Integer) Inside.constant(Member.SLAB_HEADER_BYTES) + words * Long.BYTES;
    return trusted.slice(0, head).equals(target.slice(slab, head));
  }

  private static ByteBuffer buffer(Object memory, long bytes) {
    Object slice = Inside.value(Inside.call(Member.SLICE, memory, 0L, bytes));
    return (ByteBuffer) Inside.value(Inside.call(Member.AS_BUFFER, slice));
  }

  // ---- the client

  public static Object noDoubt(Object failed) {
    return Inside.constant(Member.NOTHING_HAPPENED);
  }
}
