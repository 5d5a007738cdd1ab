package io.vxmeta.client;

/// Which vx-meta this is: what `--version` prints, and a node says of itself.
public final class Release {
  /// The one of pom.xml; a test compares them.
  public static final String VERSION = "0.1.0-SNAPSHOT";

  /// The git commit that was built, as whoever starts the JVM knows it: `./vx` from its tree, the
  /// commands of a tar from a file beside them. Not in the jars, which are the same for the same
  /// sources.
  private static final String COMMIT = "vxmeta.commit";

  private Release() {}

  /// Lines for people, the first one for scripts, too: name and version.
  ///
  /// @param program what was asked
  public static String of(String program) {
    return String.join(
        System.lineSeparator(),
        program + " " + VERSION,
        "commit: " + System.getProperty(COMMIT, "unknown"),
        "jdk: " + System.getProperty("java.vm.version") + " " + System.getProperty("java.vendor"),
        "platform: " + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
  }
}
