package io.vxmeta.raft.backup;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.vxmeta.client.VxClient;
import io.vxmeta.client.cli.CommandFailed;
import io.vxmeta.client.cli.Connection;
import io.vxmeta.client.cli.ExitCode;
import io.vxmeta.raft.ConfigOverrides;
import io.vxmeta.raft.ConfigReader;
import io.vxmeta.raft.NodeConfig;
import io.vxmeta.raft.RestoreTarget;
import io.vxmeta.raft.backup.BackupManifest.Group;
import io.vxmeta.raft.disk.DiskSpace;
import io.vxmeta.statemachine.StateDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vxctl backup`.
@Command(
    name = "backup",
    description = "Backups of a whole cluster.",
    mixinStandardHelpOptions = true)
final class BackupCommand {
  private final InstantSource clock = InstantSource.system();

  @Command(
      name = "create",
      description =
          "Saves all groups of a running cluster into a new directory. Each group is saved as of one revision, which covers"
              + " every write acknowledged before. Without its MANIFEST, written last, the directory is no backup.",
      mixinStandardHelpOptions = true)
  int create(
      @Mixin Connection connection,
      @Parameters(paramLabel = "DIR", description = "Must be empty, or not there yet.") Path dir,
      @Option(names = "--json", description = "One line of JSON at the end.") boolean json) {
    try (VxClient client = connection.open()) {
      BackupFiles files = BackupFiles.begin(dir);
      BackupManifest made =
          withScratch(scratch ->
              new BackupCreation(client.admin(), scratch, BackupCommand::progress)
                  .into(files, clock.millis()));
      print(json ? report(made).toString() : text("saved", made));
      return ExitCode.OK;
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Command(
      name = "verify",
      description =
          "Reads every file of a backup, compares checksums, restores each group in memory and compares its digest. Needs no"
              + " cluster, but the memory of the largest group. Exit code 7 names what is damaged.",
      mixinStandardHelpOptions = true)
  int verify(
      @Parameters(paramLabel = "DIR", description = "The backup.") Path dir,
      @Option(names = "--json", description = "One line of JSON at the end.") boolean json) {
    try {
      BackupCheck.Sound sound =
          withScratch(scratch -> new BackupCheck(new BackupFiles(dir), scratch).check());
      print(json ? report(sound).toString() : text("sound", sound.manifest()));
      return ExitCode.OK;
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Command(
      name = "restore",
      description =
          "Lays a backup into the data directory of one node of a NEW cluster with a new cluster id, which was never"
              + " started. Run it once for each node, with the node's configuration, then start them all.",
      mixinStandardHelpOptions = true)
  int restore(
      @Parameters(paramLabel = "DIR", description = "The backup.") Path dir,
      @Option(
              names = "--config",
              required = true,
              paramLabel = "FILE",
              description = "The new node's configuration.")
          Path config,
      @Option(names = "--json", description = "One line of JSON at the end.") boolean json) {
    try {
      BackupRestore restore =
          new BackupRestore(
              new BackupFiles(dir),
              ConfigReader.read(config, ConfigOverrides.of(System.getenv())),
              BackupCommand::progress);
      BackupManifest laid = restore.run();
      print(json ? report(laid).toString() : text("restored", laid));
      return ExitCode.OK;
    } catch (IOException e) {
      throw failed(e);
    } catch (NodeConfig.ConfigInvalid e) {
      throw new CommandFailed(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }

  private static CommandFailed failed(IOException problem) {
    int code =
        switch (problem) {
          case DamagedBackup _ -> ExitCode.CORRUPT;
          case BackupFiles.NotEmpty _, BackupRestore.Unfit _, RestoreTarget.Refused _ ->
              ExitCode.NOT_MET;
          case BackupCreation.NobodyGave _ -> ExitCode.UNAVAILABLE;
          default -> ExitCode.ERROR;
        };
    String message = String.valueOf(problem.getMessage());
    return new CommandFailed(
        code,
        DiskSpace.isFull(problem)
            ? "the disk is full: "
                + message
                + "; free disk space, then begin again in an empty directory"
            : message);
  }

  private static void progress(String line) {
    System.err.println("vxctl: " + line);
  }

  private static void print(String line) {
    System.out.println(line);
  }

  private static String text(String what, BackupManifest backup) {
    return String.format(
        Locale.ROOT,
        "%s backup=%s cluster=%s groups=%d bytes=%d",
        what,
        backup.id(),
        backup.clusterId(),
        backup.groups().size(),
        backup.bytes());
  }

  private static JsonObject report(BackupManifest backup) {
    JsonObject json = new JsonObject();
    json.addProperty("backup", backup.id());
    json.addProperty("cluster", backup.clusterId());
    json.addProperty("bytes", backup.bytes());
    JsonArray groups = new JsonArray();
    backup.groups().forEach(group -> groups.add(report(group)));
    json.add("groups", groups);
    return json;
  }

  private static JsonObject report(Group group) {
    JsonObject json = new JsonObject();
    json.addProperty("group", group.group());
    json.addProperty("index", group.moment().index());
    json.addProperty("revision", group.moment().revision());
    json.addProperty("records", group.moment().records());
    json.addProperty("state_digest", hex(group.moment().digest()));
    json.addProperty("bytes", group.bytes());
    return json;
  }

  private static JsonObject report(BackupCheck.Sound sound) {
    JsonObject json = report(sound.manifest());
    JsonArray groups = json.getAsJsonArray("groups");
    List<StateDigest> digests =
        sound.groups().stream().map(BackupCheck.SoundGroup::digest).toList();
    for (int i = 0; i < digests.size(); i++) {
      groups.get(i).getAsJsonObject().addProperty("digest", hex(digests.get(i).digest()));
    }
    return json;
  }

  private static String hex(long digest) {
    return String.format(Locale.ROOT, "%016x", digest);
  }

  /// What needs a directory for the files of tables, which is gone afterwards.
  private interface ScratchWork<T> {
    T in(Path scratch) throws IOException;
  }

  private static <T> T withScratch(ScratchWork<T> work) throws IOException {
    Path scratch = Files.createTempDirectory("vx-backup-");
    try {
      return work.in(scratch);
    } finally {
      delete(scratch);
    }
  }

  private static void delete(Path tree) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(tree)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
