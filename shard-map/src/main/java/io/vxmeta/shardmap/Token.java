package io.vxmeta.shardmap;

/// "Read at least this": a point in the history of one shard group of one cluster.
public record Token(String clusterId, ShardGroupId group, Revision revision) {

  public Token {
    if (clusterId.isEmpty()) {
      throw new IllegalArgumentException("a token names its cluster: clusterId is empty");
    }
  }

  /// Reads the form that [#toString] prints: `cluster:group:revision`.
  public static Token parse(String text) {
    int revisionAt = text.lastIndexOf(':');
    int groupAt = revisionAt < 0 ? -1 : text.lastIndexOf(':', revisionAt - 1);
    if (groupAt < 1) {
      throw malformed(text);
    }
    try {
      return new Token(
          text.substring(0, groupAt),
          new ShardGroupId(Integer.parseInt(text.substring(groupAt + 1, revisionAt))),
          new Revision(Long.parseLong(text.substring(revisionAt + 1))));
    } catch (NumberFormatException notANumber) {
      throw malformed(text);
    }
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "a token reads cluster:group:revision: token=\""
            + text
            + "\"; use one from an answer, unchanged");
  }

  @Override
  public String toString() {
    return clusterId + ":" + group + ":" + revision;
  }
}
