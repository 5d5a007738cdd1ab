package io.vxmeta.chaos.check.txn;

import static io.vxmeta.chaos.check.txn.Shapes.concurrent;
import static io.vxmeta.chaos.check.txn.Shapes.sequential;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.history.History;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RwRegisterTest {
  @Test
  void r1VersionsThatGoBackWithinAProcessAreCyclic() {
    shows(sequential("p0 wx1", "p0 wx2", "p0 rx=1"), "sequential-keys?", "cyclic-versions");
  }

  @Test
  void r2CircularInformationFlowIsG1c() {
    shows(concurrent("wx1 ry=1", "wy1 rx=1"), "", "G1c");
  }

  @Test
  void r3InitialStateComesBeforeEveryWrite() {
    shows(concurrent("rx_ ry=1", "wy1 wx2"), "", "G-single-item");
  }

  @Test
  void r4WritesFollowReadsOnlyWhereTheOptionSaysSo() {
    History history = concurrent("wy1", "ry=1 wx1 wy2", "rx=1 ry=1");
    shows(history, "");
    shows(history, "wfr-keys?", "G-single-item");
  }

  @Test
  void realTimeOrdersTheVersionsOfALinearizableKey() {
    shows(sequential("wx1", "wx2", "rx=1"), "linearizable-keys?", "cyclic-versions");
  }

  @Test
  void staleReadIsNotStrictlySerializable() {
    History history = sequential("p0 wx1", "p0 wx2", "p1 rx=1");
    Verdict verdict = TransactionChecker.check(history, Model.STRICT_SERIALIZABLE);
    assertEquals(List.of("G-single-item-realtime", "cyclic-versions-realtime"), verdict.names());
    assertEquals(List.of("strong-snapshot-isolation"), verdict.not());
    assertEquals(
        Verdict.Outcome.VALID, TransactionChecker.check(history, Model.SERIALIZABLE).outcome());
  }

  @Test
  void readsThatGoBackBetweenConcurrentWritesAreNotStrictlySerializable() {
    History writes = concurrent("wx1", "wx2");
    List<Operation> events = new ArrayList<>(writes.operations());
    for (String read : List.of("p7 rx=1", "p7 rx=2", "p8 rx=1")) {
      events.add(Shapes.operation(events.size(), 0, read, Operation.Type.INVOKE));
      events.add(Shapes.operation(events.size(), 0, read, Operation.Type.OK));
    }
    History history = History.ofRun("h", events);
    assertEquals(
        List.of("cyclic-versions-realtime"),
        TransactionChecker.check(history, Model.STRICT_SERIALIZABLE).names());
  }

  @Test
  void freshReadsAreStrictlySerializable() {
    assertEquals(
        Verdict.Outcome.VALID,
        TransactionChecker.check(
                sequential("p0 wx1", "p1 rx=1", "p0 wx2", "p1 rx=2"), Model.STRICT_SERIALIZABLE)
            .outcome());
  }

  @Test
  void readOfAFailedWriteIsG1a() {
    shows(concurrent("fail wx1", "rx=1", "wy1", "ry=1"), "", "G1a");
  }

  @Test
  void readOfAnIntermediateWriteIsG1b() {
    shows(concurrent("wx1 wx2", "rx=1"), "", "G1b");
  }

  @Test
  void readThatForgetsOnesOwnWriteIsInternal() {
    shows(concurrent("wx1", "wx2 rx=1"), "", "internal");
  }

  @Test
  void updatesOfDifferentVersionsAreNotLost() {
    shows(concurrent("wx1", "wy1", "wz1", "rx=1 wx2", "ry=1 wy2", "rz=1 wz2"), "");
    shows(concurrent("rx_ wx1", "ry_ wy1", "rz_ wz1", "rv_ wv1"), "");
    shows(concurrent("wx1", "rx=1 wx2", "ry_ wy1", "rz_ wz1", "rv_ wv1", "ru_ wu1"), "");
    shows(concurrent("wx1", "rx=1 wx2", "rx=1 wx3"), "", "lost-update");
  }

  @Test
  void valueNobodyWroteIsGarbage() {
    shows(concurrent("rx=7", "wy1", "ry=1"), "", "garbage-read");
  }

  private static void shows(History history, String option, String... names) {
    Map<String, JsonElement> options = new HashMap<>();
    if (!option.isEmpty()) {
      options.put(option, new JsonPrimitive(true));
    }
    History judged =
        new History(history.id(), "rw-register", options, history.operations(), Map.of());
    assertEquals(
        List.of(names), TransactionChecker.check(judged, Model.SERIALIZABLE).names(), option);
  }
}
