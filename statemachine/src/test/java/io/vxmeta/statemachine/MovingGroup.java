package io.vxmeta.statemachine;

import io.vxmeta.statemachine.batch.BatchWriter;
import io.vxmeta.statemachine.batch.EncodedTransaction;
import io.vxmeta.statemachine.snapshot.Snapshot;
import io.vxmeta.statemachine.snapshot.SnapshotCut;
import io.vxmeta.statemachine.snapshot.SnapshotOwner;
import io.vxmeta.statemachine.snapshot.SnapshotStore;
import io.vxmeta.statemachine.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The log of a group and two replicas: the first has applied all of it, the second lags.
final class MovingGroup implements AutoCloseable {
  private final List<Member> members = new ArrayList<>();
  private final List<byte[]> log = new ArrayList<>();
  private final BatchWriter writer = new BatchWriter();
  private long now;

  MovingGroup(Path directory, int group, List<Integer> shards) throws IOException {
    GroupStateConfig like = Groups.config(directory);
    for (int i = 0; i < 2; i++) {
      Path place = directory.resolve("group-" + group + "-" + i);
      members.add(
          new Member(
              new GroupStateConfig(
                  place.resolve("live"),
                  group,
                  shards,
                  like.table(),
                  like.producers(),
                  like.memory()),
              SnapshotStore.open(place.resolve("snapshots"), new SnapshotOwner("moves", group))));
    }
  }

  /// One replica with its snapshots.
  final class Member {
    private final GroupStateConfig config;
    private final SnapshotStore store;
    private SnapshotWriter snapshots;
    private GroupState state;

    Member(GroupStateConfig config, SnapshotStore store) throws IOException {
      this.config = config;
      this.store = store;
      this.state = GroupState.create(config);
      this.snapshots = new SnapshotWriter(store, Optional.empty());
    }

    GroupState state() {
      return state;
    }

    void catchUp() {
      while (state.appliedIndex() < log.size()) {
        step();
      }
    }

    void step() {
      if (state.appliedIndex() < log.size()) {
        byte[] entry = log.get((int) state.appliedIndex());
        state.apply(entry, 0, entry.length, state.appliedIndex() + 1, AnswerSink.NONE);
      }
    }

    void snapshot() throws IOException {
      var _ = snapshots.write(state.cut(1));
      state.freeLostTables();
    }

    void write(SnapshotCut cut) throws IOException {
      var _ = snapshots.write(cut);
    }

    /// Loses everything but its snapshots, the newest of which it restores.
    void crash() throws IOException {
      state.close();
      Optional<Snapshot> newest = store.newestValid().valid();
      state =
          newest.isPresent() ? GroupState.restore(config, newest.get()) : GroupState.create(config);
      snapshots = new SnapshotWriter(store, newest);
    }
  }

  Member first() {
    return members.getFirst();
  }

  Member second() {
    return members.getLast();
  }

  GroupState state() {
    return first().state;
  }

  ShardStanding standing(int shard) {
    return state().standing(shard);
  }

  void passTime(long ms) {
    now += ms;
  }

  /// Appends an entry to the log; the first replica applies it and answers.
  Answer apply(EncodedTransaction transaction) {
    if (!writer.append(transaction)) {
      throw new AssertionError("expected a transaction that fits");
    }
    byte[] entry = writer.seal(now);
    log.add(entry);
    AtomicReference<@Nullable Answer> given = new AtomicReference<>();
    state().apply(entry, 0, entry.length, log.size(), (_, answer) -> given.set(answer.copy()));
    return Objects.requireNonNull(given.get());
  }

  @Override
  public void close() {
    members.forEach(member -> member.state.close());
  }
}
