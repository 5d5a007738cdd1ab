package io.vxmeta.statemachine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

/// Walks the tables of a group at the end of the block that uses it, before the group is closed.
public record SoundAtEnd(GroupState group) implements AutoCloseable {

  @Override
  public void close() {
    assertEquals(List.of(), group.verify(), "verify");
  }
}
