package io.vxmeta.shardmap;

/// "Read at least this": a point in the history of one shard group of one cluster.
///
/// @param mapEpoch of the shard map that its maker went by; an older map may name another group for
///   the shard that was written. [Epoch#NONE] when it is not known
public record Token(String clusterId, ShardGroupId group, Revision revision, Epoch mapEpoch) {

  private static final char BEFORE_EPOCH = '@';

  public Token {
    if (clusterId.isEmpty()) {
      throw new IllegalArgumentException("a token names its cluster: clusterId is empty");
    }
  }

  /// Reads the form that [#toString] prints: `cluster:group:revision@epoch`; the epoch may be left
  /// out.
  public static Token parse(String text) {
    int epochAt = text.indexOf(BEFORE_EPOCH, text.lastIndexOf(':') + 1);
    int revisionEnd = epochAt < 0 ? text.length() : epochAt;
    int revisionAt = text.lastIndexOf(':');
    int groupAt = revisionAt < 0 ? -1 : text.lastIndexOf(':', revisionAt - 1);
    if (groupAt < 1) {
      throw malformed(text);
    }
    try {
      return new Token(
          text.substring(0, groupAt),
          new ShardGroupId(Integer.parseInt(text.substring(groupAt + 1, revisionAt))),
          new Revision(Long.parseLong(text.substring(revisionAt + 1, revisionEnd))),
          epochAt < 0 ? Epoch.NONE : new Epoch(Long.parseLong(text.substring(epochAt + 1))));
    } catch (NumberFormatException notANumber) {
      throw malformed(text);
    }
  }

  /// The same point, for who goes by that map at least.
  public Token since(Epoch epoch) {
    return epoch.isNewerThan(mapEpoch) ? new Token(clusterId, group, revision, epoch) : this;
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "a token reads cluster:group:revision@epoch: token=\""
            + text
            + "\"; use one from an answer, unchanged");
  }

  @Override
  public String toString() {
    return clusterId + ":" + group + ":" + revision + BEFORE_EPOCH + mapEpoch;
  }
}
