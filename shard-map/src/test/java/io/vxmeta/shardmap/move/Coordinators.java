package io.vxmeta.shardmap.move;

/// Those who move the shard, however many at once: each sends what is due by what the groups say.
final class Coordinators {
  /* They remember nothing, so one that begins after another's crash goes on where that one was. But for the copy: who makes it
   * knows which parts it has read, so nobody else goes on with it; whoever takes over before the copy is sealed begins a new
   * attempt.
   */
  private final MoveSetup setup;
  private final World world;

  Coordinators(MoveSetup setup, World world) {
    this.setup = setup;
    this.world = world;
  }

  void addSteps() {
    for (int attempt = 1; attempt <= setup.attempts(); attempt++) {
      addSteps(attempt);
    }
    for (int group : new int[] {World.A, World.B}) {
      world.add(
          "the journal of " + World.nameOf(group) + " is lost with its leader",
          () -> world.changeLeader(group));
    }
  }

  private void addSteps(int attempt) {
    String of = " of attempt " + attempt;
    world.add("attempt " + attempt + " is numbered, from A", () -> number(attempt, World.A));
    if (attempt > 1) {
      world.add("attempt " + attempt + " is numbered, from B", () -> number(attempt, World.B));
    }
    world.add("the source begins attempt " + attempt, () -> begin(attempt));
    for (Message message : Message.values()) {
      world.add(message + of + " is sent", () -> send(attempt, message));
      world.add(message + of + " arrives", () -> arrive(attempt, message));
    }
    for (int number = 0; number < setup.parts(); number++) {
      int part = number;
      world.add("part " + part + of + " is read and sent", () -> sendPart(attempt, part));
      world.add("part " + part + of + " arrives", () -> arrivePart(attempt, part));
    }
  }

  private boolean isNumbered(int attempt) {
    return attempt <= world.attempts();
  }

  /// The record in the root group: one attempt after the other, from whoever has the shard.
  private boolean number(int attempt, int from) {
    boolean isNext = attempt == world.attempts() + 1;
    if (!isNext
        || !world.home(from).phase().serves()
        || (attempt > 1 && world.source(attempt - 1).attempt() < attempt - 1)) {
      return false;
    }
    world.begin(attempt, from);
    return true;
  }

  private boolean begin(int attempt) {
    return isNumbered(attempt) && world.source(attempt).begin(attempt);
  }

  private boolean send(int attempt, Message message) {
    if (!isNumbered(attempt)
        || world.mail(attempt).has(message)
        || !isDue(message, attempt, world.source(attempt), world.target(attempt))) {
      return false;
    }
    world.mail(attempt).send(message);
    return true;
  }

  private boolean isDue(Message message, int attempt, Home source, Home target) {
    return switch (message) {
      case STAGE ->
          target.attempt() < attempt
              && (source.isOpen(attempt) || setup.has(Flaw.TARGET_BEGINS_FIRST));
      case FREEZE -> source.isOpen(attempt) && !source.isFrozen(attempt) && isCopied(attempt);
      case THAW -> source.isOpen(attempt) && !setup.has(Flaw.NOBODY_THAWS);
      case GIVE ->
          source.isFrozen(attempt)
              && (target.isSealed(attempt)
                  || (target.isStaging(attempt) && setup.has(Flaw.GIVEN_BEFORE_SEALED)));
      case ACCEPT ->
          target.isSealed(attempt)
              && (source.hasGiven(attempt) || setup.has(Flaw.ACCEPTED_BEFORE_GIVEN));
      case RELEASE ->
          source.attempt() == attempt
              && source.content() != 0
              && ((source.hasGiven(attempt) && target.phase().serves())
                  || (target.isSealed(attempt) && setup.has(Flaw.RELEASED_BEFORE_GIVEN)));
      case DROP ->
          target.attempt() == attempt
              && target.phase().arrives()
              && source.attempt() >= attempt
              && !source.isOpen(attempt)
              && !source.hasGiven(attempt);
    };
  }

  /// Whether all parts before the last one have arrived, or the last one where it is read too soon.
  private boolean isCopied(int attempt) {
    Home target = world.target(attempt);
    return setup.has(Flaw.LAST_CHANGES_BEFORE_FREEZE)
        ? target.isSealed(attempt)
        : target.isStaging(attempt)
            && target.parts() == setup.lastPart()
            && world.source(attempt).journal().isWhole();
  }

  private boolean arrive(int attempt, Message message) {
    if (!isNumbered(attempt) || !world.mail(attempt).has(message)) {
      return false;
    }
    Home source = world.source(attempt);
    Home target = world.target(attempt);
    return switch (message) {
      case STAGE -> target.stage(attempt);
      case FREEZE -> source.freeze(attempt);
      case THAW -> source.thaw(attempt);
      case GIVE -> source.give(attempt);
      case ACCEPT -> target.accept(attempt);
      case RELEASE -> source.release(attempt);
      case DROP -> target.drop(attempt);
    };
  }

  // ---- the copy

  /// Each part is sent when the one before has arrived.
  private boolean sendPart(int attempt, int part) {
    if (!isNumbered(attempt)) {
      return false;
    }
    Mail mail = world.mail(attempt);
    Home source = world.source(attempt);
    Home target = world.target(attempt);
    boolean isLast = part == setup.lastPart();
    boolean afterFreeze = isLast && !setup.has(Flaw.LAST_CHANGES_BEFORE_FREEZE);
    boolean again = !isLast && part >= setup.keys() && setup.has(Flaw.COPY_IS_TAKEN_OVER);
    if ((mail.hasPart(part) && !again)
        || !target.isStaging(attempt)
        || target.parts() != part
        || !source.isOpen(attempt)
        || !source.journal().isWhole()
        || source.isFrozen(attempt) != afterFreeze) {
      return false;
    }
    mail.sendPart(part, part < setup.keys() ? 1 << part : source.journal().take(), source);
    return true;
  }

  private boolean arrivePart(int attempt, int part) {
    return isNumbered(attempt)
        && world.mail(attempt).takePart(attempt, part, world.target(attempt));
  }
}
