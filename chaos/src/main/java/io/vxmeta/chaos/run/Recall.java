package io.vxmeta.chaos.run;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/// A person's wish to end a run early: its faults are mended, and what was seen is judged.
final class Recall {
  /* Threads: given on a thread of the JVM's signals, looked at by the run's. Given once for all.
   * The JDK hears of signals only by classes of `jdk.unsupported`, which javac warns of and can not be told that it is meant;
   *   so they are called by name. */

  private volatile boolean given;

  void give() {
    given = true;
  }

  boolean given() {
    return given;
  }

  /// The next Ctrl-C gives this recall instead of ending the JVM; the one after it ends it, as
  /// ever.
  ///
  /// @param told gets one line when that happens, or when nobody can be heard
  void listen(Consumer<String> told) {
    try {
      Interrupt interrupt = new Interrupt();
      interrupt.handle(() -> {
        interrupt.endsTheJvm();
        give();
        told.accept(
            "interrupted: what is broken is mended, then what was seen is judged; Ctrl-C again ends at once, without a verdict");
      });
    } catch (ReflectiveOperationException nobodyIsHeard) {
      told.accept(
          "Ctrl-C is ignored here, as in a job in the background; kill ends the run without a verdict");
    }
  }

  /// The signal a terminal sends for Ctrl-C.
  private static final class Interrupt {
    private final Class<?> handler = Class.forName("sun.misc.SignalHandler");
    private final Object signal;
    private final Method handle;

    Interrupt() throws ReflectiveOperationException {
      Class<?> type = Class.forName("sun.misc.Signal");
      this.signal = type.getConstructor(String.class).newInstance("INT");
      this.handle = type.getMethod("handle", type, handler);
    }

    void handle(Runnable reaction) throws ReflectiveOperationException {
      Object proxy =
          Proxy.newProxyInstance(
              Recall.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                reaction.run();
                return null;
              });
      Object _ = handle.invoke(null, signal, proxy);
    }

    void endsTheJvm() {
      try {
        Object _ = handle.invoke(null, signal, handler.getField("SIG_DFL").get(null));
      } catch (ReflectiveOperationException itWasThereBefore) {
        throw new IllegalStateException(itWasThereBefore);
      }
    }
  }
}
