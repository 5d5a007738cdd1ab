package io.vxmeta.shardmap.move;

/// How much happens in a model of moves, and what goes wrong in it.
///
/// @param writes each sent by a client of its own, as often as it likes; write w goes to key w mod
///   keys
/// @param attempts to move the shard; all after the first may also lead back
/// @param catchUps parts of the copy with what changed, before the freeze: 0 or 1
/// @param leaderChanges of groups that are sources, all together
record MoveSetup(
    int writes,
    int keys,
    int attempts,
    int catchUps,
    int leaderChanges,
    Reads reads,
    Epochs epochs,
    Mailbox mailbox,
    Flaw flaw) {

  enum Reads {
    NONE,
    /// One at a time, again and again, of any replica of group A, however late that is.
    OF_A,
    /// The same of either group.
    OF_BOTH
  }

  /// Of the producers of the writes.
  enum Epochs {
    /// Each write is of a producer of its own.
    EQUAL,
    /// Write 0 is of epoch 1 and write 1 of epoch 2 of the same producer.
    RISING
  }

  /// What becomes of messages that no group can take any more.
  enum Mailbox {
    /// They are forgotten, which joins states that only differ in them.
    TIDIED,
    /// They arrive nonetheless.
    KEPT
  }

  static MoveSetup of(int writes, int keys, int attempts) {
    return new MoveSetup(
        writes, keys, attempts, 0, 0, Reads.NONE, Epochs.EQUAL, Mailbox.TIDIED, Flaw.NONE);
  }

  MoveSetup withCopy(int catchUpsMax, int leaderChangesMax) {
    return new MoveSetup(
        writes, keys, attempts, catchUpsMax, leaderChangesMax, reads, epochs, mailbox, flaw);
  }

  MoveSetup with(Reads of) {
    return new MoveSetup(
        writes, keys, attempts, catchUps, leaderChanges, of, epochs, mailbox, flaw);
  }

  MoveSetup withRisingEpochs() {
    return new MoveSetup(
        writes, keys, attempts, catchUps, leaderChanges, reads, Epochs.RISING, mailbox, flaw);
  }

  MoveSetup withKeptMail() {
    return new MoveSetup(
        writes, keys, attempts, catchUps, leaderChanges, reads, epochs, Mailbox.KEPT, flaw);
  }

  MoveSetup with(Flaw of) {
    return new MoveSetup(
        writes, keys, attempts, catchUps, leaderChanges, reads, epochs, mailbox, of);
  }

  boolean has(Flaw of) {
    return flaw == of;
  }

  /// Parts of a copy: each key, what changed meanwhile, and what had changed last, which seals it.
  int parts() {
    return keys + catchUps + 1;
  }

  int lastPart() {
    return parts() - 1;
  }

  int keyOf(int write) {
    return write % keys;
  }

  /// The writes to these keys, as bits.
  int writesTo(int keyBits) {
    int of = 0;
    for (int write = 0; write < writes; write++) {
      if ((keyBits & (1 << keyOf(write))) != 0) {
        of |= 1 << write;
      }
    }
    return of;
  }
}
