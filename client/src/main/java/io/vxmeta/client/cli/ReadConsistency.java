package io.vxmeta.client.cli;

import io.vxmeta.client.Consistency;
import io.vxmeta.client.ReadOptions;
import io.vxmeta.client.Tokens;
import io.vxmeta.shardmap.NodeId;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say how current an answer must be and who shall give it.
final class ReadConsistency {

  @Option(
      names = "--consistency",
      paramLabel = "LEVEL",
      defaultValue = "linearizable",
      descriptionKey = SettingDefaults.MARK,
      description =
          "linearizable, local, bounded:DURATION, or at-least:TOKEN (as printed by put -o json).")
  private String level = "linearizable";

  @Option(names = "--node", paramLabel = "NODE", description = "Read from this node and no other.")
  private @Nullable String node;

  ReadOptions options() {
    ReadOptions options = ReadOptions.of(parse(level));
    return node == null ? options : options.at(new NodeId(node));
  }

  static Consistency parse(String level) {
    if (level.equals("linearizable")) {
      return new Consistency.Linearizable();
    }
    if (level.equals("local")) {
      return new Consistency.Local();
    }
    if (level.startsWith("bounded:")) {
      return new Consistency.Bounded(
          Connection.duration("--consistency", level.substring("bounded:".length())));
    }
    if (level.startsWith("at-least:")) {
      return new Consistency.AtLeast(Tokens.parse(level.substring("at-least:".length())));
    }
    throw CommandFailed.usage(
        "a consistency is linearizable, local, bounded:DURATION or at-least:TOKEN: --consistency="
            + level);
  }
}
