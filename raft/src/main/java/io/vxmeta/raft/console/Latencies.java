package io.vxmeta.raft.console;

import io.vxmeta.raft.console.LatencySketch.Window;
import io.vxmeta.raft.ratis.ApplyMeter;
import io.vxmeta.raft.read.ReadMeter;
import io.vxmeta.raft.write.WriteMeter;
import io.vxmeta.raft.write.WriteRefusal;
import java.util.concurrent.atomic.LongAdder;

/// How long this node's commits, read-barrier rounds and applies took, second by second.
public final class Latencies {
  /* Threads: any measures; the console's thread turns, once a second, whether somebody looks or not. */

  private final LatencySketch commits = new LatencySketch();
  private final LatencySketch rounds = new LatencySketch();
  private final LatencySketch applies = new LatencySketch();
  private final LongAdder transactions = new LongAdder();
  private final LongAdder reads = new LongAdder();
  private volatile Second last = new Second(Window.EMPTY, Window.EMPTY, Window.EMPTY, 0, 0);

  /// The last full second.
  ///
  /// @param transactions proposed by this node since it began
  /// @param reads released by its read barriers since it began
  record Second(Window commit, Window barrier, Window apply, long transactions, long reads) {}

  /// Listens in front of the other meter.
  public WriteMeter writes(WriteMeter next) {
    return new WriteMeter() {
      @Override
      public void onProposed(int count, int bytes) {
        transactions.add(count);
        next.onProposed(count, bytes);
      }

      @Override
      public void onAnswered(long nanos) {
        commits.record(nanos);
        next.onAnswered(nanos);
      }

      @Override
      public void onRefused(WriteRefusal.Reason reason) {
        next.onRefused(reason);
      }
    };
  }

  /// Listens in front of the other meter.
  public ReadMeter reads(ReadMeter next) {
    return (nanos, released) -> {
      rounds.record(nanos);
      reads.add(released);
      next.onRound(nanos, released);
    };
  }

  /// Listens in front of the other meter.
  public ApplyMeter applies(ApplyMeter next) {
    return nanos -> {
      applies.record(nanos);
      next.onApplied(nanos);
    };
  }

  void turn() {
    last =
        new Second(commits.turn(), rounds.turn(), applies.turn(), transactions.sum(), reads.sum());
  }

  Second last() {
    return last;
  }
}
