package io.vxmeta.raft.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/// One line of the log: time with its offset, level, the logger's simple name, the message; a stack
/// trace follows on lines of its own.
final class LogLine extends LayoutBase<ILoggingEvent> {
  private static final int LEVEL_WIDTH = 5;

  private final DateTimeFormatter time =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(128);
    time.formatTo(event.getInstant(), line);
    String level = event.getLevel().toString();
    line.append(' ').append(level).repeat(' ', Math.max(0, LEVEL_WIDTH - level.length()));
    String logger = event.getLoggerName();
    line.append(' ').append(logger, logger.lastIndexOf('.') + 1, logger.length());
    line.append(' ').append(event.getFormattedMessage()).append(System.lineSeparator());
    @Nullable IThrowableProxy problem = event.getThrowableProxy();
    if (problem != null) {
      line.append(ThrowableProxyUtil.asString(problem));
    }
    return line.toString();
  }
}
