package io.vxmeta.chaos.seeded;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes seeded bugs and fail points into the process it is started with, before any class is
/// loaded.
public final class Agent {
  /* Production code has no switches: what is broken is broken here, in the bytes of the classes, by a harness that starts the
   * node with -javaagent. A place that is not found ends the process at once, with one line that names it. */

  /// Exit status of a process whose bugs found no place.
  static final int NO_PLACE = 3;

  private static final String BUG = "bug:";
  private static final String FAIL_POINTS = "fail-points";

  private Agent() {}

  /// Called by the JVM with what stands behind `-javaagent:JAR=`: `bug:NAME` and `fail-points`,
  /// separated by commas.
  public static void premain(String what, Instrumentation instrumentation) {
    try {
      Path folder = folder();
      Witness.writeTo(folder);
      List<Patch> patches = new ArrayList<>();
      for (String part : what.split(",", -1)) {
        if (part.startsWith(BUG)) {
          patches.addAll(Bugs.patches(part.substring(BUG.length())));
        } else if (part.equals(FAIL_POINTS)) {
          patches.addAll(FailPoint.patches());
          Tripwire.watch(folder);
        } else {
          throw new IllegalArgumentException(
              "expected bug:NAME or fail-points: argument=" + part + "; see the agent's options");
        }
      }
      Rewriter rewriter = new Rewriter(patches, ClassLoader.getSystemClassLoader());
      var _ = rewriter.rehearse();
      instrumentation.addTransformer(new Transformer(rewriter));
    } catch (RuntimeException problem) {
      end(problem);
    }
  }

  /// The folder of the node's configuration, or that of a [ChildTrial]: fail points are armed and
  /// evidence is left there.
  private static Path folder() {
    String command = System.getProperty("sun.java.command", "");
    if (command.startsWith(ChildTrial.class.getName() + " ")) {
      return ChildTrial.folder(command);
    }
    int at = command.indexOf("--config ");
    if (at < 0) {
      throw new IllegalArgumentException(
          "expected a node's command line with --config: command=" + command);
    }
    Path config = Path.of(command.substring(at + "--config ".length()).split(" ", 2)[0]);
    return config.toAbsolutePath().resolveSibling("");
  }

  private static void end(Throwable problem) {
    System.err.println("vxmeta: error: cannot seed what was asked for: " + problem.getMessage());
    System.err.flush();
    Runtime.getRuntime().halt(NO_PLACE);
  }

  private record Transformer(Rewriter rewriter) implements ClassFileTransformer {
    @Override
    public byte @Nullable [] transform(
        @Nullable ClassLoader loader,
        String className,
        @Nullable Class<?> redefined,
        @Nullable ProtectionDomain domain,
        byte[] bytes) {
      if (className == null || !rewriter.concerns(className)) {
        return null;
      }
      try {
        return rewriter.rewrite(className, bytes);
      } catch (RuntimeException problem) {
        // The JVM would swallow it and load the class unchanged.
        end(problem);
        return null;
      }
    }
  }
}
