package io.vxmeta.raft.observe;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One event of the log as one line that is a JSON object: `timestamp`, `level`, `logger`,
/// `thread`, `message`, `facts` if the message has some, `exception` (the stack trace, one string)
/// if there is one.
///
/// Facts stand in an object of their own: one named `level` replaces nothing, and a collector can
/// take them or leave them as one.
final class JsonLine extends LayoutBase<ILoggingEvent> {
  private final DateTimeFormatter time =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX").withZone(ZoneId.systemDefault());

  @Override
  public String doLayout(ILoggingEvent event) {
    StringWriter line = new StringWriter(256);
    try {
      write(event, line);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return line.append(System.lineSeparator()).toString();
  }

  private void write(ILoggingEvent event, StringWriter line) throws IOException {
    JsonWriter json = new JsonWriter(line);
    json.setHtmlSafe(false);
    json.beginObject();
    json.name("timestamp").value(time.format(event.getInstant()));
    json.name("level").value(event.getLevel().toString());
    json.name("logger").value(event.getLoggerName());
    json.name("thread").value(event.getThreadName());
    json.name("message").value(event.getFormattedMessage());
    facts(MessageFacts.of(event.getMessage(), event.getArgumentArray()), json);
    @Nullable IThrowableProxy problem = event.getThrowableProxy();
    if (problem != null) {
      json.name("exception").value(ThrowableProxyUtil.asString(problem));
    }
    json.endObject();
    json.flush();
  }

  private static void facts(Map<String, String> facts, JsonWriter json) throws IOException {
    if (facts.isEmpty()) {
      return;
    }
    json.name("facts").beginObject();
    for (Map.Entry<String, String> fact : facts.entrySet()) {
      json.name(fact.getKey());
      if (MessageFacts.isInteger(fact.getValue())) {
        json.value(Long.parseLong(fact.getValue()));
      } else {
        json.value(fact.getValue());
      }
    }
    json.endObject();
  }
}
