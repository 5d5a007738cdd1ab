package io.vxmeta.raft.ratis;

import io.vxmeta.shardmap.ShardGroupId;
import io.vxmeta.statemachine.os.Directories;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;

/// The log files of one group while Ratis does not run: checked, freed of a torn end, or dropped.
public final class LogFiles {
  /* Why Ratis is not left to it: a log file that was cut short loses entries without a word (it takes the end of a file in
   *   the middle of a record for one that was never acknowledged), and a record torn by a power cut keeps the node from
   *   starting. Here the first is damage, and the second is cut off when the file proves it.
   * Names: log_<first>-<last> is closed, log_inprogress_<first> is written to. Files follow each other without a gap; the
   *   oldest are deleted behind a snapshot.
   * Threads: one, BEFORE the Raft server starts.
   */
  private static final Pattern CLOSED = Pattern.compile("log_(\\d+)-(\\d+)");
  private static final Pattern OPEN = Pattern.compile("log_inprogress_(\\d+)");

  private final Path directory;

  private LogFiles(Path directory) {
    this.directory = directory;
  }

  /// Of a group, under the directory given to [RatisSettings].
  public static LogFiles of(Path storage, String clusterId, ShardGroupId group) {
    return new LogFiles(directory(storage, clusterId, group).resolve("current"));
  }

  static LogFiles in(Path directory) {
    return new LogFiles(directory);
  }

  static Path directory(Path storage, String clusterId, ShardGroupId group) {
    return storage.resolve("log").resolve(RaftHost.groupId(clusterId, group).getUuid().toString());
  }

  private record LogFile(Path path, long first, OptionalLong last) {}

  public Path directory() {
    return directory;
  }

  /// Reads every file.
  public LogState check() throws IOException {
    List<LogFile> files = files();
    long first = -1;
    long next = -1;
    for (LogFile file : files) {
      LogFileScan scan = LogFileScan.of(file.path());
      if (scan.end() == LogFileScan.End.DAMAGED) {
        return new LogState.Damaged(scan.problem());
      }
      boolean closed = file.last().isPresent();
      long last = file.first() + scan.records() - 1;
      if (closed && last != file.last().getAsLong()) {
        return new LogState.Damaged(
            "expected the entries that the file's name says; file="
                + file.path()
                + " entries="
                + scan.records());
      }
      if (next >= 0 && file.first() != next) {
        return new LogState.Damaged(
            "expected files without a gap; file=" + file.path() + " expectedFirst=" + next);
      }
      first = first < 0 ? file.first() : first;
      next = last + 1;
      if (scan.end() == LogFileScan.End.TORN) {
        boolean newest = file.equals(files.getLast());
        return closed || !newest
            ? new LogState.Damaged(scan.problem())
            : new LogState.Torn(first, last, file.path(), scan.wholeBytes());
      }
    }
    return next <= Math.max(first, 0)
        ? new LogState.Empty(Math.max(next, 0))
        : new LogState.Whole(first, next - 1);
  }

  /// Term of the last entry; empty if there is none.
  public OptionalLong lastTerm() throws IOException {
    for (LogFile file : files().reversed()) {
      LogFileScan scan = LogFileScan.of(file.path());
      if (scan.records() > 0) {
        byte[] bytes = Files.readAllBytes(file.path());
        InputStream record =
            new ByteArrayInputStream(bytes, scan.lastAt(), scan.wholeBytes() - scan.lastAt());
        return OptionalLong.of(LogEntryProto.parseDelimitedFrom(record).getTerm());
      }
    }
    return OptionalLong.empty();
  }

  /// Cuts off the record that was never acknowledged; durable when it returns.
  public static void cutTail(LogState.Torn torn) throws IOException {
    try (FileChannel channel = FileChannel.open(torn.file(), StandardOpenOption.WRITE)) {
      FileChannel _ = channel.truncate(torn.keepBytes());
      channel.force(true);
    }
  }

  /// Deletes all log files; vote and configuration stay. The newest go first, so that what a crash
  /// leaves is still a beginning without gaps.
  public void drop() throws IOException {
    for (LogFile file : files().reversed()) {
      Files.delete(file.path());
      Directories.sync(directory);
    }
  }

  private List<LogFile> files() throws IOException {
    List<LogFile> files = new ArrayList<>();
    if (!Files.isDirectory(directory)) {
      return files;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory, "log_*")) {
      for (Path path : all) {
        String name = path.getFileName().toString();
        Matcher closed = CLOSED.matcher(name);
        Matcher open = OPEN.matcher(name);
        if (closed.matches()) {
          files.add(
              new LogFile(
                  path,
                  Long.parseLong(closed.group(1)),
                  OptionalLong.of(Long.parseLong(closed.group(2)))));
        } else if (open.matches()) {
          files.add(new LogFile(path, Long.parseLong(open.group(1)), OptionalLong.empty()));
        }
      }
    }
    files.sort(Comparator.comparingLong(LogFile::first));
    return files;
  }
}
