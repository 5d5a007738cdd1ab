package io.vxmeta.raft.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.Layout;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LogSetupTest {
  private final LoggerContext context = new LoggerContext();

  @Test
  void nodesLogWhatMattersOnStandardError() {
    assertEquals(ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY, configure(Map.of()));
    assertTrue(root().iteratorForAppenders().hasNext());
    assertEquals(Level.INFO, level("io.vxmeta.raft.Node"));
    assertEquals(Level.WARN, level("org.apache.ratis.server.RaftServer"));
    assertEquals(Level.ERROR, level("org.apache.ratis.grpc.server.GrpcLogAppender"));
    assertEquals(Level.OFF, level("org.apache.ratis.util.JmxRegister"));
  }

  @Test
  void levelsAreSetFromOutside() {
    ExecutionStatus _ = configure(Map.of("VXMETA_LOG", "DEBUG", "VXMETA_RATIS_LOG", "INFO"));
    assertEquals(Level.DEBUG, level("io.vxmeta.raft.Node"));
    assertEquals(Level.INFO, level("org.apache.ratis.server.RaftServer"));
    assertEquals(Level.INFO, level("org.apache.ratis.grpc.server.GrpcLogAppender"));
  }

  @Test
  void fileOfTheOperatorWins() {
    assertEquals(
        ExecutionStatus.INVOKE_NEXT_IF_ANY,
        configure(Map.of("logback.configurationFile", "/etc/vxmeta/logback.xml")));
    assertFalse(root().iteratorForAppenders().hasNext());
  }

  @Test
  void lineSaysWhenHowBadWhoAndWhat() {
    List<String> said = new LogLine().doLayout(event(Level.INFO, null)).lines().toList();
    assertEquals(1, said.size(), said.toString());
    assertTrue(
        said.getFirst()
            .matches(
                "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) INFO  Node"
                    + " a=1"),
        said.getFirst());
  }

  @Test
  void lineOfAProblemIsFollowedByItsStackTrace() {
    List<String> said =
        new LogLine()
            .doLayout(event(Level.ERROR, new IllegalStateException("because")))
            .lines()
            .toList();
    assertTrue(said.getFirst().endsWith(" ERROR Node a=1"), said.getFirst());
    assertEquals("java.lang.IllegalStateException: because", said.get(1));
    assertTrue(said.get(2).startsWith("\tat "), said.get(2));
  }

  @Test
  void jsonTakesThePlaceOfText() {
    ExecutionStatus _ = configure(Map.of());
    LogSetup.write(LogFormat.JSON, context);
    assertInstanceOf(JsonLine.class, layout());
    LogSetup.write(LogFormat.TEXT, context);
    assertInstanceOf(LogLine.class, layout());
  }

  @Test
  void fileOfTheOperatorAlsoSaysTheFormat() {
    ConsoleAppender<ILoggingEvent> theirs = new ConsoleAppender<>();
    theirs.setName("operator's");
    root().addAppender(theirs);
    LogSetup.write(LogFormat.JSON, context);
    assertNull(theirs.getEncoder());
  }

  private Layout<?> layout() {
    ConsoleAppender<?> appender =
        assertInstanceOf(ConsoleAppender.class, root().iteratorForAppenders().next());
    return assertInstanceOf(LayoutWrappingEncoder.class, appender.getEncoder()).getLayout();
  }

  private ExecutionStatus configure(Map<String, String> settings) {
    LogSetup setup = new LogSetup(settings::get);
    setup.setContext(context);
    return setup.configure(context);
  }

  private Logger root() {
    return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private Level level(String logger) {
    return context.getLogger(logger).getEffectiveLevel();
  }

  private LoggingEvent event(Level level, @Nullable Throwable problem) {
    LoggingEvent event =
        new LoggingEvent(
            "test",
            context.getLogger("io.vxmeta.raft.Node"),
            level,
            "a={}",
            problem,
            new Object[] {1});
    event.setInstant(Instant.EPOCH);
    return event;
  }
}
