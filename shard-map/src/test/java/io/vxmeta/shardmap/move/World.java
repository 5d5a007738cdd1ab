package io.vxmeta.shardmap.move;

import io.vxmeta.shardmap.move.MoveSetup.Mailbox;
import io.vxmeta.shardmap.move.MoveSetup.Reads;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/// Two groups, one shard, and all who move it, write to it and read it.
final class World implements Model {
  /* A group is what its committed log has made of it: Raft is taken for granted, elections come in as messages that arrive late
   * and as replicas that lag. A proposal is a message; that it arrives means that it is committed and applied. Where the shard map
   * says the shard is does not occur: clients ask either group at any time, as if all maps could be wrong.
   * Judged: after each step what is written below, in `Home` each write, in `Reader` each answer.
   */
  static final int A = 0;
  static final int B = 1;
  private static final String NAMES = "AB";
  private static final int COUNT_BITS = 2;

  private final MoveSetup setup;
  private final List<Home> homes;
  private final List<Mail> mails;
  private final Writers writers;
  private final Reader reader;
  private final List<Step> steps = new ArrayList<>();
  private int attempts;
  private int leaderChanges;

  private record Step(String name, BooleanSupplier effect) {}

  World(MoveSetup setup) {
    this.setup = setup;
    this.homes = List.of(new Home(setup, Phase.OWNED), new Home(setup, Phase.AWAY));
    this.mails = IntStream.range(0, setup.attempts()).mapToObj(i -> new Mail(setup)).toList();
    this.writers = new Writers(setup, this);
    this.reader = new Reader(setup, this);
    this.leaderChanges = setup.leaderChanges();
    new Coordinators(setup, this).addSteps();
    writers.addSteps();
    reader.addSteps();
  }

  static String nameOf(int group) {
    return NAMES.substring(group, group + 1);
  }

  void add(String name, BooleanSupplier effect) {
    steps.add(new Step(name, effect));
  }

  Home home(int group) {
    return homes.get(group);
  }

  Mail mail(int attempt) {
    return mails.get(attempt - 1);
  }

  Home source(int attempt) {
    return home(mail(attempt).from());
  }

  Home target(int attempt) {
    return home(1 - mail(attempt).from());
  }

  Writers writers() {
    return writers;
  }

  /// How many attempts the root group has numbered.
  int attempts() {
    return attempts;
  }

  void begin(int attempt, int from) {
    attempts = attempt;
    mail(attempt).from(from);
  }

  /// Takes one of the changes of leaders that the setup allows.
  boolean changeLeader(int group) {
    Journal journal = home(group).journal();
    if (leaderChanges == 0 || !journal.isWhole()) {
      return false;
    }
    journal.lose();
    leaderChanges--;
    return true;
  }

  // ---- the model

  @Override
  public void load(Bits state) {
    pass(state);
  }

  @Override
  public void store(Bits state) {
    pass(state);
  }

  private void pass(Bits bits) {
    attempts = bits.field(attempts, COUNT_BITS);
    leaderChanges = bits.field(leaderChanges, COUNT_BITS);
    homes.forEach(home -> home.pass(bits));
    mails.forEach(mail -> mail.pass(bits));
    writers.pass(bits);
    if (setup.reads() != Reads.NONE) {
      reader.pass(bits);
    }
  }

  @Override
  public int steps() {
    return steps.size();
  }

  @Override
  public String name(int step) {
    return steps.get(step).name();
  }

  @Override
  public boolean take(int step) {
    if (!steps.get(step).effect().getAsBoolean()) {
      return false;
    }
    if (setup.mailbox() == Mailbox.TIDIED) {
      for (int attempt = 1; attempt <= attempts; attempt++) {
        mail(attempt).tidy(attempt, source(attempt), target(attempt));
      }
    }
    return true;
  }

  @Override
  public Optional<String> violation() {
    return home(A).wrong().or(home(B)::wrong).or(reader::wrong).or(this::twoOwners).or(this::lost);
  }

  private Optional<String> twoOwners() {
    return home(A).phase().serves() && home(B).phase().serves()
        ? Optional.of("both groups serve the shard")
        : Optional.empty();
  }

  private Optional<String> lost() {
    Home holder = holds(A, B) ? home(A) : home(B);
    if (!holds(A, B) && !holds(B, A)) {
      return Optional.of("no group holds the shard");
    }
    int lost = writers.acknowledged() & ~holder.content();
    if (lost == 0) {
      return Optional.empty();
    }
    int write = Integer.numberOfTrailingZeros(lost);
    return Optional.of("write " + write + " was acknowledged and is lost");
  }

  /// Whether the group serves the shard, or was given it and will.
  private boolean holds(int group, int other) {
    Home home = home(group);
    return home.phase().serves()
        || (home.isSealed(home.attempt()) && home(other).hasGiven(home.attempt()));
  }

  @Override
  public boolean isSettled() {
    return (isEndedAt(A, B) || isEndedAt(B, A)) && writers.areAnswered() && reader.isIdle();
  }

  /// One group owns the shard, nothing is under way, and the other has nothing of it.
  private boolean isEndedAt(int owner, int other) {
    return home(owner).phase() == Phase.OWNED
        && !home(owner).isOpen()
        && home(other).phase() == Phase.AWAY
        && home(other).content() == 0;
  }
}
