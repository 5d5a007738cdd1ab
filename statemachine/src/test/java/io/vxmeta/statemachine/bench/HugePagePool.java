package io.vxmeta.statemachine.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The kernel's pool of reserved huge pages of 2 MiB: grown for a measurement, and as large as
/// before after it.
final class HugePagePool implements AutoCloseable {

  /// How many pages the pool has; root writes how many it shall have.
  static final Path SETTING = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");

  static final long PAGE_BYTES = 2L << 20;

  private final Path setting;
  private final long before;

  private HugePagePool(Path setting, long before) {
    this.setting = setting;
    this.before = before;
  }

  /// How many pages hold so many bytes.
  static long pagesFor(long bytes) {
    return Math.ceilDiv(bytes, PAGE_BYTES);
  }

  /// @throws IOException if the kernel has no such pool, does not let us, or finds too few pages;
  ///   the pool is as it was
  static HugePagePool grownBy(long pages, Path setting) throws IOException {
    HugePagePool pool = new HugePagePool(setting, read(setting));
    try {
      write(setting, pool.before + pages);
      pool.requireGrownBy(pages);
      return pool;
    } catch (IOException e) {
      pool.close();
      throw e;
    }
  }

  private void requireGrownBy(long pages) throws IOException {
    long now = read(setting);
    if (now < before + pages) {
      throw new IOException(
          "expected as many huge pages as asked for: wanted="
              + pages
              + " found="
              + (now - before)
              + "; free memory or ask for a smaller region");
    }
  }

  private static long read(Path setting) throws IOException {
    return Long.parseLong(Files.readString(setting).strip());
  }

  private static void write(Path setting, long pages) throws IOException {
    Files.writeString(
        setting,
        Long.toString(pages),
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING);
  }

  /// Gives back what was reserved.
  @Override
  public void close() throws IOException {
    if (read(setting) != before) {
      write(setting, before);
    }
  }
}
