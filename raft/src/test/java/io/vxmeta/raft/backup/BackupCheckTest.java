package io.vxmeta.raft.backup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A backup is sound or refused with the file that is not.
final class BackupCheckTest {
  @TempDir private Path directory;
  private BackupManifest made;

  @BeforeEach
  void make() throws IOException {
    made = WrittenBackup.into(backup(), directory);
  }

  private Path backup() {
    return directory.resolve("backup");
  }

  private BackupCheck.Sound check() throws IOException {
    return new BackupCheck(new BackupFiles(backup()), directory.resolve("scratch")).check();
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 16;
    Path _ = Files.write(file, bytes);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(backup())) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private void assertNamed(Path file) {
    DamagedBackup refused = assertThrows(DamagedBackup.class, this::check);
    String name = backup().relativize(file).toString();
    assertTrue(
        String.valueOf(refused.getMessage()).contains("file " + name),
        () -> name + ": " + refused.getMessage());
  }

  @Test
  void aSoundBackupComesToTheDigestsOfItsReplicas() throws IOException {
    BackupCheck.Sound sound = check();
    assertEquals(made, sound.manifest());
    assertEquals(WrittenBackup.DATA_GROUPS + 1, sound.groups().size());
    for (BackupCheck.SoundGroup group : sound.groups()) {
      assertEquals(group.group().moment().digest(), group.digest().entireDigest());
      assertEquals(group.group().moment().revision(), group.digest().revision());
    }
    assertEquals(WrittenBackup.RECORDS, sound.groups().get(1).digest().records());
  }

  @Test
  void oneFlippedBitInAnyFileIsNamed() throws IOException {
    for (Path file : files()) {
      int length = (int) Files.size(file);
      for (int at : new int[] {0, length / 2, length - 1}) {
        flip(file, at);
        assertNamed(file);
        flip(file, at);
      }
    }
    assertEquals(made, check().manifest());
  }

  @Test
  void aFileThatIsCutShortOrMissingIsNamed() throws IOException {
    for (Path file : files()) {
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 1));
      assertNamed(file);
      Files.delete(file);
      assertNamed(file);
      Files.write(file, whole);
    }
  }

  @Test
  void aBackupOfANewerFormatIsNotTakenForDamage() throws IOException {
    String text = new String(made.encode(), StandardCharsets.UTF_8);
    String body = text.substring(0, text.indexOf("sha256 ")).replace("format 1", "format 2");
    byte[] newer = BackupManifests.sealed(body);
    IOException refused = assertThrows(IOException.class, () -> BackupManifest.decode(newer));
    assertEquals(IOException.class, refused.getClass());
    assertTrue(String.valueOf(refused.getMessage()).contains("format=2"), refused::getMessage);
  }

  @Test
  void aPathOutOfTheDirectoryIsRefused() {
    String text = new String(made.encode(), StandardCharsets.UTF_8);
    String body =
        text.substring(0, text.indexOf("sha256 ")).replaceFirst("file group-0/", "file ../up/");
    byte[] escaping = BackupManifests.sealed(body);
    assertThrows(DamagedBackup.class, () -> BackupManifest.decode(escaping));
  }

  @Test
  void aDirectoryThatHoldsSomethingIsNoPlaceForABackup() {
    assertThrows(BackupFiles.NotEmpty.class, () -> BackupFiles.begin(backup()));
  }
}
