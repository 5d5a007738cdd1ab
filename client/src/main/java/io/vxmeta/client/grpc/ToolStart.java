package io.vxmeta.client.grpc;

import io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory;
import io.grpc.netty.shaded.io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Makes a command line tool's first connection load less: no logging framework, no flight
/// recorder.
///
/// A third of the classes a first call loads are theirs. What goes wrong is told by failures, not
/// by logs.
public final class ToolStart {

  private static final String FLIGHT_RECORDER = "io.grpc.netty.shaded.io.netty.jfr.enabled";

  private ToolStart() {}

  /// To be called before the first [Channels] of the process.
  public static void lean() {
    System.setProperty(FLIGHT_RECORDER, "false");
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    Logger.getLogger("").setLevel(Level.OFF);
  }
}
