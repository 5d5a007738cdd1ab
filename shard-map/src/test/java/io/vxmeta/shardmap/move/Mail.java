package io.vxmeta.shardmap.move;

import io.vxmeta.shardmap.move.MoveSetup.Epochs;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What the coordinators of one attempt have sent: it may arrive at any time, again, or never.
final class Mail {
  /* A message is a proposal on its way into a group's log, whoever leads the group. What is sent stays sent. A part of the copy is
   * sent once: an attempt's copy is of one coordinator.
   */
  private static final List<Message> MESSAGES = List.of(Message.values());

  private final MoveSetup setup;
  private final Set<Message> sent = EnumSet.noneOf(Message.class);
  private final boolean[] partSent;
  private final int[] keys;
  private final int[] values;
  private int from;
  private boolean fences;

  Mail(MoveSetup setup) {
    this.setup = setup;
    this.partSent = new boolean[setup.parts()];
    this.keys = new int[setup.parts()];
    this.values = new int[setup.parts()];
  }

  void pass(Bits bits) {
    from = bits.field(from, 1);
    for (Message message : MESSAGES) {
      if (bits.flag(sent.contains(message))) {
        sent.add(message);
      } else {
        sent.remove(message);
      }
    }
    for (int part = 0; part < partSent.length; part++) {
      partSent[part] = bits.flag(partSent[part]);
      values[part] = bits.field(values[part], setup.writes());
      keys[part] =
          part < setup.keys()
              ? (partSent[part] ? 1 << part : 0)
              : bits.field(keys[part], setup.keys());
    }
    if (setup.epochs() == Epochs.RISING) {
      fences = bits.flag(fences);
    }
  }

  int from() {
    return from;
  }

  void from(int group) {
    from = group;
  }

  boolean has(Message message) {
    return sent.contains(message);
  }

  void send(Message message) {
    sent.add(message);
  }

  boolean hasPart(int part) {
    return partSent[part];
  }

  /// @param ofKeys as bits
  void sendPart(int part, int ofKeys, Home source) {
    partSent[part] = true;
    keys[part] = ofKeys;
    values[part] = source.content() & setup.writesTo(ofKeys);
    fences |= part == setup.lastPart() && source.fenced() && !setup.has(Flaw.FENCES_STAY_BEHIND);
  }

  boolean takePart(int attempt, int part, Home target) {
    if (!partSent[part]) {
      return false;
    }
    return part == setup.lastPart()
        ? target.seal(attempt, keys[part], values[part], fences)
        : target.take(attempt, part, keys[part], values[part]);
  }

  /// Forgets what no group can take any more: attempts only grow, and within one there is no way
  /// back.
  void tidy(int attempt, Home source, Home target) {
    sent.removeIf(message -> !canBeTaken(message, attempt, source, target));
    for (int part = 0; part < partSent.length; part++) {
      if (!target.isStaging(attempt) || target.parts() != part) {
        partSent[part] = false;
        keys[part] = 0;
        values[part] = 0;
      }
    }
    fences &= partSent[setup.lastPart()];
  }

  private static boolean canBeTaken(Message message, int attempt, Home source, Home target) {
    return switch (message) {
      case STAGE -> target.attempt() < attempt;
      case FREEZE -> source.isOpen(attempt) && !source.isFrozen(attempt);
      case THAW -> source.isOpen(attempt);
      case GIVE -> source.isFrozen(attempt);
      case ACCEPT -> target.isSealed(attempt);
      case RELEASE -> source.attempt() == attempt && source.content() != 0;
      case DROP -> target.attempt() == attempt && target.phase().arrives();
    };
  }
}
