package io.vxmeta.raft.recover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A node begins on a new data directory only when enough others know it by that.
final class FirstStartTest {
  private static final NodeId SELF = new NodeId("a");
  private static final NodeId B = new NodeId("b");
  private static final NodeId C = new NodeId("c");
  private static final NodeId D = new NodeId("d");
  private static final NodeId E = new NodeId("e");
  private static final String NEW = "new";
  private static final String EARLIER = "earlier";

  private final Map<NodeId, Deque<String>> answers = new HashMap<>();
  private final List<NodeId> asked = new ArrayList<>();
  private final FirstStart start = new FirstStart(SELF, NEW, this::ask);

  private static final String SILENCE = "";

  private String ask(NodeId witness, String incarnation) throws IOException {
    assertEquals(NEW, incarnation);
    asked.add(witness);
    String answer = answers.getOrDefault(witness, new ArrayDeque<>()).pollFirst();
    if (answer == null) {
      start.close(); // Nothing more is scripted: whoever still waits is stopped.
    }
    if (answer == null || answer.equals(SILENCE)) {
      throw new IOException("no answer");
    }
    return answer;
  }

  private void script(NodeId witness, String... inTurn) {
    answers.put(witness, new ArrayDeque<>(List.of(inTurn)));
  }

  @Test
  void theOnlyNodeOfAClusterAsksNobody() throws IOException {
    start.await(List.of());
    assertEquals(List.of(), asked);
  }

  @Test
  void bothOthersOfThreeMustKnowIt() throws IOException {
    script(B, NEW);
    script(C, SILENCE, SILENCE, NEW);
    start.await(List.of(B, C));
    assertEquals(List.of(B, C, C, C), asked, "who knows it is not asked again");
    assertEquals(Optional.empty(), start.waiting());
  }

  @Test
  void oneOfTwoOthersIsNotEnough() {
    script(B, NEW);
    script(C, SILENCE);
    IOException stopped = assertThrows(IOException.class, () -> start.await(List.of(B, C)));
    assertTrue(String.valueOf(stopped.getMessage()).contains("was stopped"), stopped::getMessage);
    String waiting = start.waiting().orElseThrow();
    assertTrue(waiting.contains("known_by=[b] needed=2 silent={c=no answer}"), waiting);
  }

  @Test
  void threeOfFourOthersAreEnough() throws IOException {
    script(B, NEW);
    script(C, SILENCE);
    script(D, NEW);
    script(E, NEW);
    start.await(List.of(B, C, D, E));
    assertEquals(List.of(B, C, D, E), asked);
  }

  /// Two sets of that many share more nodes than may have lost their disks beside the one that
  /// asks.
  @Test
  void enoughAreSoManyThatTheirMemorySurvivesAMinorityOfLostDisks() {
    for (int nodes = 1; nodes <= 7; nodes++) {
      int others = nodes - 1;
      int needed = FirstStart.needed(others);
      int lostBesides = Math.max(0, (nodes - 1) / 2 - 1);
      assertTrue(needed <= others, "of " + nodes);
      assertTrue(others == 0 || 2 * needed - others > lostBesides, "of " + nodes);
    }
    assertEquals(2, FirstStart.needed(2));
    assertEquals(3, FirstStart.needed(4));
    assertEquals(5, FirstStart.needed(6));
  }

  /// Any set of more than half of the others has somebody who met it before.
  @Test
  void whoeverMetItWithOtherDataEndsTheStart() {
    script(B, NEW);
    script(C, NEW);
    script(D, EARLIER);
    IOException lost = assertThrows(IOException.class, () -> start.await(List.of(B, C, D, E)));
    assertTrue(String.valueOf(lost.getMessage()).contains("lost its data"), lost::getMessage);
    assertTrue(
        String.valueOf(lost.getMessage()).contains("node=a met_by=d earlier=earlier"),
        lost::getMessage);
  }
}
