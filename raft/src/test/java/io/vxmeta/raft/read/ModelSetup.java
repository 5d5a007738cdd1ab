package io.vxmeta.raft.read;

import java.util.function.Consumer;

/// What may happen in a model run, and how often.
///
/// @param nodes how many there are; node 0 leads term 1 in the beginning
/// @param voters the first configuration, as bits
/// @param target the configuration that a change leads to; empty: any that holds a majority of
///   nodes
/// @param restarts of any node, which keeps what is durable
/// @param preemptions how often Raft may go on between two questions of the read path to its
///   replica
record ModelSetup(
    int nodes,
    int voters,
    int target,
    int elections,
    int writes,
    int reads,
    int changes,
    int restarts,
    int preemptions,
    Changing changing,
    Pace pace,
    Flaw flaw) {

  /// How voters change, and what a new leader makes of a change that it finds half done.
  enum Changing {
    /// All at once through a joint configuration, which the new leader goes on with: as Raft was
    /// published.
    JOINTLY,
    /// One voter at a time. The new leader's first entry ends the change, whoever lacks the joint
    /// configuration: as Ratis does.
    ONE_BY_ONE
  }

  /// How much of Raft happens by itself.
  enum Pace {
    /// What a follower acknowledged is known at once, and a leader applies what is committed at
    /// once.
    PROMPT,
    /// Acknowledgements are late or lost, and entries are applied one at a time, later.
    SLUGGISH
  }

  static final int ALL_OF_THREE = 0b111;

  static ModelSetup ofThree() {
    return new ModelSetup(
        3, ALL_OF_THREE, ALL_OF_THREE, 1, 1, 1, 0, 0, 0, Changing.JOINTLY, Pace.PROMPT, Flaw.NONE);
  }

  /// Whether the nodes 1 and 2 could exchange their names.
  boolean isEvenHanded() {
    return isEvenHanded(voters) && isEvenHanded(target) && changing == Changing.JOINTLY;
  }

  private static boolean isEvenHanded(int nodes) {
    return ((nodes >> 1) & 1) == ((nodes >> 2) & 1);
  }

  ModelSetup withVoters(int first, int then) {
    return changed(draft -> {
      draft.voters = first;
      draft.target = then;
    });
  }

  ModelSetup withLoad(int writesMax, int readsMax) {
    return changed(draft -> {
      draft.writes = writesMax;
      draft.reads = readsMax;
    });
  }

  ModelSetup withTroubles(int electionsMax, int changesMax, int restartsMax) {
    return changed(draft -> {
      draft.elections = electionsMax;
      draft.changes = changesMax;
      draft.restarts = restartsMax;
    });
  }

  ModelSetup withPreemptions(int max) {
    return changed(draft -> draft.preemptions = max);
  }

  ModelSetup with(Changing of) {
    return changed(draft -> draft.changing = of);
  }

  ModelSetup with(Flaw of) {
    return changed(draft -> draft.flaw = of);
  }

  private ModelSetup changed(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.setup();
  }

  /// What of a setup can be changed.
  private static final class Draft {
    private final ModelSetup from;
    private int voters;
    private int target;
    private int elections;
    private int writes;
    private int reads;
    private int changes;
    private int restarts;
    private int preemptions;
    private Changing changing;
    private Flaw flaw;

    private Draft(ModelSetup from) {
      this.from = from;
      this.voters = from.voters;
      this.target = from.target;
      this.elections = from.elections;
      this.writes = from.writes;
      this.reads = from.reads;
      this.changes = from.changes;
      this.restarts = from.restarts;
      this.preemptions = from.preemptions;
      this.changing = from.changing;
      this.flaw = from.flaw;
    }

    private ModelSetup setup() {
      return new ModelSetup(
          from.nodes,
          voters,
          target,
          elections,
          writes,
          reads,
          changes,
          restarts,
          preemptions,
          changing,
          from.pace,
          flaw);
    }
  }
}
