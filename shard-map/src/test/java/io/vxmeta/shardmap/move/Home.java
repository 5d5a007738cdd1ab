package io.vxmeta.shardmap.move;

import io.vxmeta.shardmap.move.MoveSetup.Epochs;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What a group's log has made of the shard so far, and what its next entry makes of it.
final class Home {
  /* The groups' part of docs/shard-moves.md: one method for each kind of entry. Entries arrive late, again, or never, so each
   * says its attempt, and one whose time has not come or is over changes nothing and returns false.
   * The shard's content is the set of writes that happened to it, as bits.
   */
  static final int PHASE_BITS = 3;
  private static final int ATTEMPT_BITS = 2;
  private static final int PARTS_BITS = 3;
  private static final int ANSWER_BITS = 2;
  static final List<Phase> PHASES = List.of(Phase.values());
  private static final List<Answer> ANSWERS = List.of(Answer.values());

  private final MoveSetup setup;
  private final Answer[] answers;
  private final Journal journal;
  private Phase phase;
  private int attempt;
  private int parts;
  private int content;
  private boolean open;
  private boolean fenced;

  private Optional<String> wrong = Optional.empty();

  Home(MoveSetup setup, Phase first) {
    this.setup = setup;
    this.phase = first;
    this.answers = new Answer[setup.writes()];
    this.journal = new Journal(setup);
    Arrays.fill(answers, Answer.NONE);
  }

  void pass(Bits bits) {
    phase = bits.choice(phase, PHASES, PHASE_BITS);
    attempt = bits.field(attempt, ATTEMPT_BITS);
    parts = bits.field(parts, PARTS_BITS);
    content = bits.field(content, setup.writes());
    open = bits.flag(open);
    journal.pass(bits);
    for (int write = 0; write < answers.length; write++) {
      answers[write] = bits.choice(answers[write], ANSWERS, ANSWER_BITS);
    }
    if (setup.epochs() == Epochs.RISING) {
      fenced = bits.flag(fenced);
    }
    wrong = Optional.empty();
  }

  // ---- entries of the source

  /// Begins the journal of changes, and ends any earlier attempt.
  boolean begin(int of) {
    boolean may = phase == Phase.OWNED || (phase == Phase.FROZEN && !setup.has(Flaw.NOBODY_THAWS));
    if (!may || of <= attempt) {
      return false;
    }
    phase = Phase.OWNED;
    attempt = of;
    open = true;
    journal.begin();
    return true;
  }

  boolean freeze(int of) {
    if (!isOpen(of) || phase != Phase.OWNED || journal.isFrozen()) {
      return false;
    }
    if (setup.has(Flaw.FREEZE_IN_MEMORY)) {
      journal.freeze();
    } else {
      phase = Phase.FROZEN;
    }
    return true;
  }

  boolean thaw(int of) {
    boolean given = attempt == of && phase == Phase.AWAY && setup.has(Flaw.THAWED_AFTER_GIVEN);
    if (!isOpen(of) && !given) {
      return false;
    }
    phase = Phase.OWNED;
    if (setup.has(Flaw.THAW_LEAVES_ATTEMPT_OPEN)) {
      journal.thaw();
    } else {
      open = false;
      journal.end();
    }
    return true;
  }

  /// The point of no return.
  boolean give(int of) {
    boolean ofThis = isOpen(of) || (open && setup.has(Flaw.OLDER_GIVE_COUNTS));
    boolean frozen = phase == Phase.FROZEN || setup.has(Flaw.FREEZE_IN_MEMORY);
    if (!ofThis || !frozen) {
      return false;
    }
    phase = Phase.AWAY;
    open = false;
    journal.end();
    return true;
  }

  boolean release(int of) {
    boolean may = phase == Phase.AWAY || setup.has(Flaw.RELEASED_BEFORE_GIVEN);
    if (attempt != of || !may || content == 0) {
      return false;
    }
    content = 0;
    return true;
  }

  // ---- entries of the target

  boolean stage(int of) {
    boolean isNew = of > attempt || (of < attempt && setup.has(Flaw.OLDER_STAGE_COUNTS));
    if (phase.serves() || !isNew) {
      return false;
    }
    phase = Phase.STAGING;
    attempt = of;
    parts = 0;
    content = 0;
    return true;
  }

  /// A part of the copy: what these keys hold.
  boolean take(int of, int part, int keys, int values) {
    boolean inTurn = part == parts || setup.has(Flaw.PARTS_IN_ANY_ORDER);
    boolean ofThis = attempt == of || setup.has(Flaw.OLDER_PART_COUNTS);
    if (phase != Phase.STAGING || !ofThis || !inTurn) {
      return false;
    }
    int before = content;
    content = (content & ~setup.writesTo(keys)) | values;
    boolean counts = part == parts;
    parts = counts ? part + 1 : parts;
    return counts || content != before;
  }

  /// The last part.
  boolean seal(int of, int keys, int values, boolean fences) {
    if (attempt != of || parts != setup.lastPart() || !take(of, parts, keys, values)) {
      return false;
    }
    phase = Phase.SEALED;
    parts = 0;
    fenced |= fences;
    return true;
  }

  boolean accept(int of) {
    if (attempt != of || phase != Phase.SEALED) {
      return false;
    }
    phase = Phase.OWNED;
    return true;
  }

  boolean drop(int of) {
    if (attempt != of || !phase.arrives()) {
      return false;
    }
    phase = Phase.AWAY;
    parts = 0;
    content = 0;
    return true;
  }

  // ---- writes

  /// The write's number comes first, the shard after it: what happened here is answered whoever
  /// owns the shard now.
  Answer write(int write) {
    if (fenced && write == 0) {
      return Answer.FENCED;
    }
    if (phase == Phase.AWAY && setup.has(Flaw.OWNERSHIP_BEFORE_NUMBER)) {
      return Answer.MOVED;
    }
    if (answers[write] != Answer.NONE) {
      return answers[write];
    }
    return switch (phase) {
      case OWNED -> journal.isFrozen() ? Answer.LATER : apply(write);
      case FROZEN, STAGING, SEALED -> Answer.LATER;
      case AWAY -> remember(write);
    };
  }

  private Answer apply(int write) {
    int bit = 1 << write;
    if ((content & bit) != 0) {
      wrong = Optional.of("write " + write + " happens twice");
    }
    boolean rising = setup.epochs() == Epochs.RISING;
    if (rising && write == 0 && (content & 2) != 0) {
      wrong = Optional.of("write 0 of the older epoch happens after the newer one's");
    }
    content |= bit;
    if (open) {
      journal.note(setup.keyOf(write));
    }
    fenced |= rising && write == 1;
    answers[write] = Answer.APPLIED;
    return Answer.APPLIED;
  }

  private Answer remember(int write) {
    if (!setup.has(Flaw.MOVED_IS_FORGOTTEN)) {
      answers[write] = Answer.MOVED;
    }
    return Answer.MOVED;
  }

  // ---- questions

  Phase phase() {
    return phase;
  }

  int attempt() {
    return attempt;
  }

  int content() {
    return content;
  }

  int parts() {
    return parts;
  }

  Answer answer(int write) {
    return answers[write];
  }

  boolean fenced() {
    return fenced;
  }

  Journal journal() {
    return journal;
  }

  /// Whether this is the source of an attempt that has neither ended nor succeeded.
  boolean isOpen(int of) {
    return open && attempt == of;
  }

  boolean isOpen() {
    return open;
  }

  boolean isFrozen(int of) {
    return isOpen(of) && (phase == Phase.FROZEN || journal.isFrozen());
  }

  /// Asked of an attempt's source: only giving makes it so.
  boolean hasGiven(int of) {
    return attempt == of && phase == Phase.AWAY;
  }

  boolean isStaging(int of) {
    return attempt == of && phase == Phase.STAGING;
  }

  boolean isSealed(int of) {
    return attempt == of && phase == Phase.SEALED;
  }

  Optional<String> wrong() {
    return wrong;
  }
}
