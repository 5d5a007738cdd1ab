package io.vxmeta.statemachine.table;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The files of one cut, checked for being complete before a byte of them becomes live memory.
final class TableImage {

  private final TableHeader header;
  private final Map<SegmentName, Path> files;

  private TableImage(TableHeader header, Map<SegmentName, Path> files) {
    this.header = header;
    this.files = files;
  }

  static TableImage of(int shard, List<SegmentImage> images) throws IOException {
    Map<SegmentName, Path> files = new TreeMap<>(Comparator.comparing(SegmentName::fileName));
    for (SegmentImage image : images) {
      if (image.name().shard() != shard || files.put(image.name(), image.file()) != null) {
        throw new BadImage(
            "expected each segment of shard " + shard + " once: file=" + image.file());
      }
    }
    Path first = files.get(new SegmentName(shard, SegmentName.Part.INDEX, 0));
    if (first == null) {
      throw new BadImage("expected the index's first segment: shard=" + shard);
    }
    TableImage image = new TableImage(headerOf(first, shard), files);
    image.checkFiles(shard);
    return image;
  }

  private static TableHeader headerOf(Path file, int shard) throws IOException {
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment bytes = arena.allocate(Math.min(TableHeader.BYTES, channel.size()));
      fill(channel, bytes, file);
      return TableHeader.read(bytes, shard);
    }
  }

  private void checkFiles(int shard) throws IOException {
    if (Integer.bitCount(header.segmentBytes()) != 1
        || header.segmentBytes() < LiveFile.BLOCK_BYTES
        || header.buckets() < BucketIndex.BUCKETS_FIRST
        || header.buckets() > BucketIndex.BUCKETS_MAX
        || header.slabs() < 0) {
      throw new BadImage("expected sizes that a table can have: header=" + header);
    }
    int expected =
        checkPart(shard, SegmentName.Part.INDEX, header.indexBytes())
            + checkPart(shard, SegmentName.Part.HEAP, header.heapBytes());
    if (files.size() != expected) {
      throw new BadImage(
          "expected " + expected + " segments: shard=" + shard + " segments=" + files.size());
    }
  }

  /// @return how many segments the part has
  private int checkPart(int shard, SegmentName.Part part, long bytes) throws IOException {
    int segments = segments(bytes);
    for (int number = 0; number < segments; number++) {
      SegmentName name = new SegmentName(shard, part, number);
      Path file = files.get(name);
      long length = Math.min(header.segmentBytes(), bytes - start(number));
      if (file == null || Files.size(file) != length) {
        throw new BadImage(
            "expected a segment of "
                + length
                + " bytes: segment="
                + name.fileName()
                + " file="
                + (file == null ? "missing" : file + " length=" + Files.size(file)));
      }
    }
    return segments;
  }

  private int segments(long bytes) {
    return Math.toIntExact((bytes + header.segmentBytes() - 1) / header.segmentBytes());
  }

  private long start(int number) {
    return (long) number * header.segmentBytes();
  }

  TableHeader header() {
    return header;
  }

  /// Copies all segments to the files they belong to, which are as long afterwards as they were at
  /// the cut.
  void copyTo(LiveFile index, LiveFile heap) throws IOException {
    index.use(header.indexBytes());
    heap.use(header.heapBytes());
    for (Map.Entry<SegmentName, Path> entry : files.entrySet()) {
      LiveFile target = entry.getKey().part() == SegmentName.Part.INDEX ? index : heap;
      copy(entry.getValue(), target, start(entry.getKey().number()));
    }
  }

  private static void copy(Path file, LiveFile target, long at) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long length = channel.size();
      for (long block = 0; block < length; block += LiveFile.BLOCK_BYTES) {
        target.touch(at + block);
      }
      fill(channel, target.bytes().asSlice(at, length), file);
    }
  }

  private static void fill(FileChannel channel, MemorySegment target, Path file)
      throws IOException {
    ByteBuffer buffer = target.asByteBuffer();
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new BadImage("expected " + target.byteSize() + " bytes: file=" + file);
      }
    }
  }
}
