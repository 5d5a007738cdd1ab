package io.vxmeta.raft.observe;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a node logs: lines on standard error, as text until [#write] says otherwise.
///
/// VXMETA_LOG sets the level of everything, VXMETA_RATIS_LOG that of the Raft library, both in the
/// environment or as system properties. Who gives logback a file of its own gets what that says.
public final class LogSetup extends ContextAwareBase implements Configurator {
  /* Why in code: to read one XML file logback and the JVM load 900 classes, a tenth of what a cold start costs.
   * Found by logback as a service; it asks before anything is logged, once, on whatever thread logs first. */

  private static final String APPENDER = "STDERR";
  private static final String FILE_PROPERTY = "logback.configurationFile";
  private static final List<String> FILES = List.of("logback-test.xml", "logback.xml");
  private static final String ALL = "VXMETA_LOG";
  private static final String RATIS = "VXMETA_RATIS_LOG";

  private final Function<String, @Nullable String> settings;

  public LogSetup() {
    this(LogSetup::setting);
  }

  /// @param settings the value of a name, or null
  LogSetup(Function<String, @Nullable String> settings) {
    this.settings = settings;
  }

  private static @Nullable String setting(String name) {
    String property = System.getProperty(name);
    return property != null ? property : System.getenv(name);
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    if (settings.apply(FILE_PROPERTY) != null || FILES.stream().anyMatch(LogSetup::isThere)) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(standardError(context));
    level(context, Logger.ROOT_LOGGER_NAME, ALL, Level.INFO);
    level(context, "org.apache.ratis", RATIS, Level.WARN);
    // It tells every lost connection again and again; GroupMachine tells who leads.
    level(context, "org.apache.ratis.grpc.server.GrpcLogAppender", RATIS, Level.ERROR);
    // Nobody manages a node over JMX; several nodes in one test process only clash there.
    context.getLogger("org.apache.ratis.util.JmxRegister").setLevel(Level.OFF);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static boolean isThere(String file) {
    return LogSetup.class.getClassLoader().getResource(file) != null;
  }

  private void level(LoggerContext context, String logger, String setting, Level usual) {
    context.getLogger(logger).setLevel(Level.toLevel(settings.apply(setting), usual));
  }

  private static ConsoleAppender<ILoggingEvent> standardError(LoggerContext context) {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName(APPENDER);
    appender.setTarget("System.err");
    appender.setEncoder(encoder(context, LogFormat.TEXT));
    appender.start();
    return appender;
  }

  /// Has this process write its log in a form from now on, unless a logback file says how it logs.
  ///
  /// Said when the configuration has been read: what is logged before that is text.
  public static void write(LogFormat format) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      write(format, context);
    }
  }

  static void write(LogFormat format, LoggerContext context) {
    if (context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(APPENDER)
        instanceof ConsoleAppender<ILoggingEvent> ours) {
      ours.setEncoder(encoder(context, format));
    }
  }

  private static LayoutWrappingEncoder<ILoggingEvent> encoder(
      LoggerContext context, LogFormat format) {
    Layout<ILoggingEvent> line =
        switch (format) {
          case TEXT -> new LogLine();
          case JSON -> new JsonLine();
        };
    line.setContext(context);
    line.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(line);
    encoder.start();
    return encoder;
  }
}
