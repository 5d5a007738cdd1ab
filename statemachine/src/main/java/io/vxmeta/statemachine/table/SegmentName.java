package io.vxmeta.statemachine.table;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Names one segment of one table, the same in every snapshot and on every replica.
///
/// @param shard 0 to 999
/// @param part which of the table's files
/// @param number counted from 0 within that file
public record SegmentName(int shard, Part part, int number) {

  /// A table's two files.
  public enum Part {
    INDEX,
    HEAP;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Pattern FILE_NAME =
      Pattern.compile("shard-(\\d{3})\\.(index|heap)\\.(\\d{6})");

  private static final int SHARDS_MAX = 1_000;
  private static final int SEGMENTS_MAX = 1_000_000;

  public SegmentName {
    if (shard < 0 || shard >= SHARDS_MAX || number < 0 || number >= SEGMENTS_MAX) {
      throw new IllegalArgumentException(
          "expected a shard of three digits and a segment of six: shard="
              + shard
              + " number="
              + number);
    }
  }

  /// The name of the file that holds the segment, such as `shard-012.index.000003`.
  public String fileName() {
    return String.format(Locale.ROOT, "%s.%s.%06d", tableName(shard), part.word(), number);
  }

  /// What the names of all files of a shard's table start with.
  static String tableName(int shard) {
    return String.format(Locale.ROOT, "shard-%03d", shard);
  }

  /// The name whose file is called `fileName`.
  ///
  /// @throws IllegalArgumentException if no segment's file is called that
  public static SegmentName of(String fileName) {
    Matcher matcher = FILE_NAME.matcher(fileName);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "expected a segment file such as shard-012.index.000003: file=" + fileName);
    }
    Part part = Part.valueOf(matcher.group(2).toUpperCase(Locale.ROOT));
    return new SegmentName(
        Integer.parseInt(matcher.group(1)), part, Integer.parseInt(matcher.group(3)));
  }
}
