package io.vxmeta.raft;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The configuration file that explains itself: every option with what it takes, its variable and
/// its default.
final class ConfigText {
  /* Invariant: the text is a valid configuration, and what it sets is what holds without it, but for the names, places
   *   and addresses of one example node. */

  private static final String HEAD =
      """
      # The configuration of a vx-meta node; each setting stands here with its default. What has no
      # fixed default is commented out, and shows an example.
      #
      # A flag (--disk.reserve-bytes 0) goes before the environment (VXMETA_DISK_RESERVE_BYTES), that
      # before this file, that before the default. `vxmeta config check FILE` says whether a node
      # would start with it. A changed file is read at the next start.
      """;

  private static final String MEMBERS =
      """
      nodes:
        - {id: node-1, client: "127.0.0.1:7401", peer: "127.0.0.1:7501", raft: "127.0.0.1:7601"}
        - {id: node-2, client: "127.0.0.1:7402", peer: "127.0.0.1:7502", raft: "127.0.0.1:7602"}
        - {id: node-3, client: "127.0.0.1:7403", peer: "127.0.0.1:7503", raft: "127.0.0.1:7603"}
      """;

  private final StringBuilder text = new StringBuilder(HEAD);

  private ConfigText() {}

  static String ofDefaults() {
    ConfigText file = new ConfigText();
    List<ConfigOption> all = Arrays.asList(ConfigOption.values());
    String section = "";
    for (ConfigOption option : ConfigOption.single()) {
      String its = option.section().orElse("");
      if (!its.equals(section) && !its.isEmpty()) {
        file.header(
            its, all.stream().filter(each -> each.section().filter(its::equals).isPresent()));
      }
      section = its;
      if (option == ConfigOption.NODES) {
        file.members(all);
      } else {
        file.setting(option);
      }
    }
    return file.text.toString();
  }

  /// A section in which nothing has a fixed default is commented out with its settings.
  private void header(String section, Stream<ConfigOption> options) {
    boolean set = options.anyMatch(option -> option.unset() != ConfigOption.Unset.FOLLOWS);
    text.append('\n').append(set ? "" : "# ").append(section).append(":\n");
  }

  private void members(List<ConfigOption> all) {
    explain("", ConfigOption.NODES);
    for (ConfigOption option : all) {
      if (option.isOfItem()) {
        text.append("#   ").append(option.leaf()).append(": ");
        text.append(String.join(" ", option.about())).append(" Takes ").append(option.shape());
        text.append("; ").append(unset(option)).append(".\n");
      }
    }
    text.append(MEMBERS);
  }

  private void setting(ConfigOption option) {
    String indent = option.section().isPresent() ? "  " : "";
    explain(indent, option);
    boolean open = option.unset() == ConfigOption.Unset.FOLLOWS;
    text.append(open ? "# " : "").append(line(indent, option));
  }

  private static String line(String indent, ConfigOption option) {
    String value = option.example();
    String scalar = value.contains(":") ? '"' + value + '"' : value;
    return indent + option.leaf() + ": " + scalar + "\n";
  }

  private void explain(String indent, ConfigOption option) {
    text.append('\n');
    option.about().forEach(line -> text.append(indent).append("# ").append(line).append('\n'));
    text.append(indent).append("# Takes ").append(option.shape());
    text.append("; ").append(unset(option)).append("; ").append(option.variable()).append(".\n");
  }

  private static String unset(ConfigOption option) {
    return switch (option.unset()) {
      case REFUSED -> "required";
      case HOLDS -> "default " + option.meaning();
      case FOLLOWS -> "default: " + option.meaning();
    };
  }
}
