package io.vxmeta.raft.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class JsonLineTest {
  private final LoggerContext context = new LoggerContext();

  @Test
  void lineHasWhenHowBadWhoWhereAndWhat() {
    JsonObject line = line("ready", null);
    assertEquals(Instant.EPOCH, OffsetDateTime.parse(text(line, "timestamp")).toInstant());
    assertEquals("WARN", text(line, "level"));
    assertEquals("io.vxmeta.raft.Node", text(line, "logger"));
    assertEquals("vx-work-1", text(line, "thread"));
    assertEquals("ready", text(line, "message"));
    assertFalse(line.has("facts"), line::toString);
    assertFalse(line.has("exception"), line::toString);
  }

  @Test
  void factsOfTheMessageAreFields() {
    JsonObject line =
        line("leadership moved: group={} to={} ms={}; level=calm", null, 3, "node-2", 17L);
    assertEquals("leadership moved: group=3 to=node-2 ms=17; level=calm", text(line, "message"));
    JsonObject facts = line.getAsJsonObject("facts");
    assertEquals(3, facts.get("group").getAsJsonPrimitive().getAsInt());
    assertTrue(facts.getAsJsonPrimitive("ms").isNumber(), facts::toString);
    assertEquals("node-2", text(facts, "to"));
    assertEquals("calm", text(facts, "level"));
    assertEquals("WARN", text(line, "level"));
  }

  @Test
  void lineOfAProblemIsOneLineWithItsStackTrace() {
    IllegalStateException problem =
        new IllegalStateException("quote \" and\nline", new RuntimeException("root"));
    JsonObject line = line("start failed", problem);
    String trace = text(line, "exception");
    assertTrue(
        trace.startsWith("java.lang.IllegalStateException: quote \" and\nline"), () -> trace);
    assertTrue(trace.contains("\tat " + JsonLineTest.class.getName()), () -> trace);
    assertTrue(trace.contains("Caused by: java.lang.RuntimeException: root"), () -> trace);
  }

  @Test
  void factIsWhatThePatternSaysAlsoWithBlanksAndEqualsSigns() {
    assertEquals(
        Map.of("reason", "no lead; was=here", "at", "7"),
        MessageFacts.of("{} failed: reason={} at={}", new Object[] {"it", "no lead; was=here", 7}));
    assertEquals(
        Map.of("errno", "ENOMEM", "bytes", "1073741824", "memory.lock", "off"),
        MessageFacts.of(
            "cannot lock: errno=ENOMEM bytes=1073741824; raise RLIMIT_MEMLOCK or set"
                + " memory.lock=off",
            null));
  }

  @Test
  void placeholderWithoutArgumentIsNoFact() {
    assertEquals(Map.of("a", "1"), MessageFacts.of("a={} b={}", new Object[] {1}));
    assertEquals(Map.of(), MessageFacts.of(null, null));
  }

  @Test
  void onlyWhatALongHoldsIsANumber() {
    assertTrue(MessageFacts.isInteger("0"));
    assertTrue(MessageFacts.isInteger("-999999999999999999"));
    assertFalse(MessageFacts.isInteger("9223372036854775808"));
    assertFalse(MessageFacts.isInteger("007"));
    assertFalse(MessageFacts.isInteger("1.5"));
  }

  private JsonObject line(String pattern, @Nullable Throwable problem, Object... arguments) {
    LoggingEvent event =
        new LoggingEvent(
            "test",
            context.getLogger("io.vxmeta.raft.Node"),
            Level.WARN,
            pattern,
            problem,
            arguments);
    event.setInstant(Instant.EPOCH);
    event.setThreadName("vx-work-1");
    String line = new JsonLine().doLayout(event);
    assertTrue(line.endsWith(System.lineSeparator()), line);
    assertEquals(1, line.lines().count(), line);
    return JsonParser.parseString(line).getAsJsonObject();
  }

  private static String text(JsonObject from, String name) {
    return from.get(name).getAsString();
  }
}
