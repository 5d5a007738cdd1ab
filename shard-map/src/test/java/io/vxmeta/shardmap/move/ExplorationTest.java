package io.vxmeta.shardmap.move;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vxmeta.shardmap.move.Exploration.Counterexample;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The search sees every state once, finds what is nearest, and notices where nothing goes on.
class ExplorationTest {
  private static final int STATES_MAX = 1_000;
  private static final int PLACES = 40;

  /// A walk up from place 0 in steps of one and of seven.
  private static final class Stairs implements Model {
    private final int forbidden;
    private final int bottomless;
    private int place;

    /// @param bottomless nobody goes on from there
    Stairs(int forbidden, int bottomless) {
      this.forbidden = forbidden;
      this.bottomless = bottomless;
    }

    @Override
    public void load(Bits state) {
      store(state);
    }

    @Override
    public void store(Bits state) {
      int unused = state.field(0, Long.SIZE - 4 - Integer.SIZE);
      unused = state.field(0, Integer.SIZE - 2);
      place = state.field(place, 8);
    }

    @Override
    public int steps() {
      return 2;
    }

    @Override
    public String name(int step) {
      return step == 0 ? "one" : "seven";
    }

    @Override
    public boolean take(int step) {
      int next = place + (step == 0 ? 1 : 7);
      if (next > PLACES || place == bottomless) {
        return false;
      }
      place = next;
      return true;
    }

    @Override
    public Optional<String> violation() {
      return place == forbidden ? Optional.of("forbidden") : Optional.empty();
    }

    @Override
    public boolean isSettled() {
      return place == PLACES;
    }
  }

  @Test
  void everyStateIsSeenOnce() {
    Exploration.Outcome outcome = Exploration.of(new Stairs(-1, -1), STATES_MAX);
    assertEquals(Optional.empty(), outcome.counterexample());
    assertEquals(PLACES + 1, outcome.states());
    assertEquals(PLACES + PLACES - 6, outcome.edges());
  }

  @Test
  void theWayToAViolationIsAShortestOne() {
    Counterexample found =
        Exploration.of(new Stairs(16, -1), STATES_MAX).counterexample().orElseThrow();
    assertEquals("forbidden", found.violation());
    assertEquals(List.of("one", "one", "seven", "seven"), found.steps().stream().sorted().toList());
  }

  @Test
  void aStateFromWhichNothingSettlesIsFound() {
    Counterexample found =
        Exploration.of(new Stairs(-1, 9), STATES_MAX).counterexample().orElseThrow();
    assertEquals(Exploration.STUCK, found.violation());
    assertEquals(3, found.steps().size());
  }

  @Test
  void aWorldThatIsTooLargeIsRefused() {
    assertThrows(IllegalStateException.class, () -> Exploration.of(new Stairs(-1, -1), PLACES - 1));
  }
}
