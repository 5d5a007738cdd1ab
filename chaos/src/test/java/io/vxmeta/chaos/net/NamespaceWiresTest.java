package io.vxmeta.chaos.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is left of a disturbance when the packet filter of a node fails.
class NamespaceWiresTest {
  private static final NodeId A = new NodeId("a");
  private static final NodeId B = new NodeId("b");

  /// A packet filter that keeps its rules in a file, and fails when asked what it is told to fail
  /// at.
  private static final String IPTABLES =
      """
      #!/bin/sh
      cd "$(dirname "$0")" || exit 9
      shift # -w
      [ ! -e "fails$1" ] || exit 4
      drop() { grep -qxFe "$1" rules || exit 1; grep -vxFe "$1" rules >left; mv left rules; }
      case "$1" in
        -S) cat rules ;;
        -N | -A) echo "$*" >>rules ;;
        -I) shift; echo "-A $*" >>rules ;;
        -D) shift; drop "-A $*" ;;
        -F) grep -ve "^-A $2 " rules >left; mv left rules ;;
        -X) drop "-N $2" ;;
        -nvxL) grep -qxFe "-N $2" rules || exit 1; echo "3 180 DROP" ;;
        *) exit 2 ;;
      esac
      """;

  @TempDir Path folder;

  private NamespaceWires wires;

  @BeforeEach
  void make() throws IOException {
    wires = new NamespaceWires(Map.of(A, place(A), B, place(B)));
  }

  private NamespaceWires.Place place(NodeId node) throws IOException {
    Path its = Files.createDirectory(folder.resolve(node.value()));
    Path program = Files.writeString(its.resolve("iptables"), IPTABLES);
    assertTrue(program.toFile().setExecutable(true));
    Files.createFile(its.resolve("rules"));
    List<String> enter = List.of("env", "PATH=" + its + ":" + System.getenv("PATH"));
    return new NamespaceWires.Place(() -> enter, "10.0.0." + node, Map.of(Way.Line.PEER, 7402));
  }

  private Path failing(NodeId node, String option) throws IOException {
    return Files.createFile(folder.resolve(node.value()).resolve("fails" + option));
  }

  private List<String> rules(NodeId node) throws IOException {
    return Files.readAllLines(folder.resolve(node.value()).resolve("rules"));
  }

  private Disturbance cut() throws IOException {
    Disturbance cut = wires.cut(A, B);
    assertFalse(rules(A).isEmpty(), "a does not hear b");
    assertFalse(rules(B).isEmpty(), "b does not hear a");
    return cut;
  }

  @Test
  void liftingLeavesNoRuleAndKeepsTheCount() throws Exception {
    Disturbance cut = cut();
    cut.lift();
    cut.lift();
    assertEquals(List.of(), rules(A));
    assertEquals(List.of(), rules(B));
    assertEquals(6, cut.hindered());
  }

  @Test
  void rulesThatCanNotBeCountedAreLiftedAllTheSame() throws Exception {
    Disturbance cut = cut();
    Path _ = failing(B, "-nvxL");
    assertThrows(UncheckedIOException.class, cut::lift);
    assertEquals(List.of(), rules(A));
    assertEquals(List.of(), rules(B));
    wires.heal(); // Nothing is in force any more.
  }

  @Test
  void oneNodesRulesStayAloneAndAreLiftedLater() throws Exception {
    for (NodeId node : List.of(A, B)) {
      Disturbance cut = cut();
      Path failing = failing(node, "-F");
      assertThrows(UncheckedIOException.class, cut::lift);
      NodeId other = node.equals(A) ? B : A;
      assertEquals(List.of(), rules(other));
      assertFalse(rules(node).isEmpty());
      Files.delete(failing);
      wires.heal();
      assertEquals(List.of(), rules(node));
    }
  }

  @Test
  void aDisturbanceThatFailsHalfwayIsTakenBack() throws Exception {
    Path _ = failing(B, "-A");
    assertThrows(UncheckedIOException.class, () -> wires.cut(A, B));
    assertEquals(List.of(), rules(A));
    assertEquals(List.of(), rules(B));
  }
}
