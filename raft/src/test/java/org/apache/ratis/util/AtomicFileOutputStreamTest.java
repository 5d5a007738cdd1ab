package org.apache.ratis.util;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.raft.ratis.RaftHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileOutputStreamTest {
  private static final String OLD = "term=7";
  private static final String NEW = "term=8";

  @TempDir private Path folder;
  private Path file;
  private Path temporary;

  @BeforeEach
  void anOldFile() throws IOException {
    file = Files.writeString(folder.resolve("file"), OLD);
    temporary = folder.resolve("file" + AtomicFileOutputStream.TMP_EXTENSION);
  }

  @Test
  void aWholeFileReplacesTheOldOne() throws IOException {
    try (AtomicFileOutputStream out = new AtomicFileOutputStream(file.toFile())) {
      out.write(bytes());
      assertEquals(OLD, Files.readString(file));
    }
    assertEquals(NEW, Files.readString(file));
    assertFalse(Files.exists(temporary));
  }

  @Test
  void aVoteIsWrittenWithAChecksumThatRatisDoesNotSee() throws IOException {
    Path vote = folder.resolve("raft-meta");
    try (AtomicFileOutputStream out = new AtomicFileOutputStream(vote.toFile())) {
      out.write("term=8\nvotedFor=\n".getBytes(StandardCharsets.UTF_8));
    }
    assertEquals("term=8\nvotedFor=\n#crc32c=1341f5c3\n", Files.readString(vote));
  }

  /// Whoever dies between a deletion and a renaming has neither the old vote nor the new one.
  @Test
  void theOldFileIsThereUntilTheNewOneIs() throws Exception {
    List<String> gone = new ArrayList<>();
    try (WatchService watch = folder.getFileSystem().newWatchService()) {
      WatchKey _ = folder.register(watch, StandardWatchEventKinds.ENTRY_DELETE);
      try (AtomicFileOutputStream out = new AtomicFileOutputStream(file.toFile())) {
        out.write(bytes());
      }
      while (!gone.contains(temporary.getFileName().toString())) {
        WatchKey seen = watch.take();
        seen.pollEvents().forEach(event -> gone.add(String.valueOf(event.context())));
        boolean _ = seen.reset();
      }
    }
    assertEquals(List.of(temporary.getFileName().toString()), gone);
  }

  @Test
  void anAbortedFileLeavesTheOldOne() throws IOException {
    AtomicFileOutputStream out = new AtomicFileOutputStream(file.toFile());
    out.write(bytes());
    out.abort();
    out.close();
    assertEquals(OLD, Files.readString(file));
    assertFalse(Files.exists(temporary));
  }

  @Test
  void aFailedWriteLeavesTheOldFile() throws Exception {
    Limited limited = Limited.writing(file);
    assertEquals(VoteWriter.FAILED, limited.code(), limited.said());
    assertEquals(OLD, Files.readString(file));
    assertFalse(Files.exists(temporary));
  }

  @Test
  void aVoteThatCouldNotBeStoredEndsTheNode() throws Exception {
    Path vote = Files.writeString(folder.resolve("raft-meta"), OLD);
    Limited limited = Limited.writing(vote);
    assertEquals(VoteWriter.ENDED, limited.code(), limited.said());
    assertTrue(limited.said().contains("cannot store the term and the vote"), limited.said());
    assertEquals(OLD, Files.readString(vote));
  }

  @Test
  void aFailedWriteIsReportedAgainWhenTheStreamIsClosed() throws IOException {
    AtomicFileOutputStream out = new AtomicFileOutputStream(file.toFile());
    assertThrows(IndexOutOfBoundsException.class, () -> out.write(bytes(), 1, NEW.length()));
    assertThrows(IOException.class, out::close);
    assertEquals(OLD, Files.readString(file));
  }

  private static byte[] bytes() {
    return NEW.getBytes(StandardCharsets.UTF_8);
  }

  /// Writes as the Raft library does: the stream is closed also when the write failed.
  static final class VoteWriter {
    static final int FAILED = 3;
    static final int ENDED = 4;

    private VoteWriter() {}

    public static void main(String[] arguments) {
      ExitUtils.disableSystemExit();
      try (AtomicFileOutputStream out =
          new AtomicFileOutputStream(Path.of(arguments[0]).toFile())) {
        out.write(bytes());
      } catch (IOException expected) {
        RaftHost.terminated().ifPresent(cause -> System.out.println(cause.getMessage()));
        System.exit(RaftHost.terminated().isPresent() ? ENDED : FAILED);
      }
    }
  }

  /// What became of a process that may make no file longer than nothing, which stands for a full
  /// disk: writes fail, flushes and renames do not.
  private record Limited(int code, String said) {
    static Limited writing(Path file) throws IOException, InterruptedException {
      Process limited =
          new ProcessBuilder(
                  "bash",
                  "-c",
                  "ulimit -f 0; exec \"$0\" -XX:-UsePerfData -cp \"$1\" \"$2\" \"$3\"",
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  VoteWriter.class.getName(),
                  file.toString())
              .redirectErrorStream(true)
              .start();
      String said = new String(limited.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Limited(limited.waitFor(), said);
    }
  }
}
