package io.vxmeta.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vxmeta.shardmap.NodeId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who vouches for whom, when a node starts for the first time.
final class WitnessTest {
  private static final String ONE = "00000000-0000-0000-0000-000000000001";
  private static final String OTHER = "00000000-0000-0000-0000-000000000002";
  private static final NodeId B = new NodeId("b");
  private static final Optional<NodeId> ASKED = Optional.of(new NodeId("a"));

  @TempDir private Path folder;
  private NodeConfig config;
  private NodeDirectory directory;
  private final Map<NodeId, String> admitted = new HashMap<>();
  private boolean wasFormed;
  private boolean rootIsKnown;

  @BeforeEach
  void open() {
    config = HeldGroupsTest.fourNodes(folder.resolve("data"));
    directory = NodeDirectory.open(config);
  }

  @AfterEach
  void close() {
    directory.close();
  }

  private Witness witness(NodeConfig of) {
    return new Witness(
        of,
        directory,
        node -> Optional.ofNullable(admitted.get(node)),
        wasFormed,
        () -> rootIsKnown);
  }

  @Test
  void anInitialMemberIsKnownByTheFirstDirectoryThatItCameWith() throws IOException {
    assertEquals(ONE, witness(config).meet(B, ASKED, ONE));
    assertEquals(ONE, witness(config).meet(B, ASKED, OTHER));
    assertEquals(ONE, witness(config).meet(B, Optional.empty(), OTHER), "an earlier build asks so");
  }

  /// Its file may name nodes that joined, if somebody wrote one for all.
  @Test
  void theRootGroupKnowsBetterWhoJoinedOrLeft() throws IOException {
    admitted.put(B, OTHER);
    assertEquals(OTHER, witness(config).meet(B, ASKED, ONE));
    admitted.put(B, "left");
    assertEquals("left", witness(config).meet(B, ASKED, ONE));
  }

  @Test
  void aNodeThatJoinedVouchesForNobody() {
    NodeConfig joined =
        ConfigReader.parse(
            """
            cluster: demo
            node: e
            data: %s
            join: 127.0.0.1:1
            nodes:
              - {id: e, client: "127.0.0.1:13", peer: "127.0.0.1:14", raft: "127.0.0.1:15"}
            """
                .formatted(folder.resolve("e")));
    assertThrows(
        IllegalArgumentException.class,
        () -> witness(joined).meet(B, Optional.of(new NodeId("e")), ONE));
  }

  @Test
  void strangersAndQuestionsToOthersAreRefused() {
    Witness witness = witness(config);
    assertThrows(IllegalArgumentException.class, () -> witness.meet(new NodeId("e"), ASKED, ONE));
    assertThrows(IllegalArgumentException.class, () -> witness.meet(config.self(), ASKED, ONE));
    assertThrows(IllegalArgumentException.class, () -> witness.meet(B, Optional.of(B), ONE));
  }

  /// The root group may say otherwise, and has not been read yet.
  @Test
  void aNodeThatStartsAgainTellsOnlyWhatItKept() throws IOException {
    NodeId c = new NodeId("c");
    assertEquals(ONE, witness(config).meet(B, ASKED, ONE));
    wasFormed = true;
    assertEquals(ONE, witness(config).meet(B, ASKED, OTHER));
    assertThrows(IOException.class, () -> witness(config).meet(c, ASKED, OTHER));
    rootIsKnown = true;
    assertEquals(OTHER, witness(config).meet(c, ASKED, OTHER));
  }
}
