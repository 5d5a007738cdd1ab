package io.vxmeta.chaos.check.txn;

import io.vxmeta.chaos.check.txn.Tiny.Form;
import io.vxmeta.chaos.check.txn.Tiny.Step;
import io.vxmeta.chaos.history.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// Random tiny histories of a store that is as isolated as it happens to be.
final class TinyStore {
  /* Each history draws how badly the store behaves: transactions happen at once, or step by step among others, or from
   * an old state; answers may be falsified. Half of the histories end with a read of every key. */

  private static final int TRANSACTIONS_MAX = 6;
  private static final int STEPS_MAX = 3;
  private static final int KEYS = 2;

  private final Random random;
  private final Form form;
  private final int[] lastValue = new int[KEYS];
  private final List<long[]> past = new ArrayList<>();
  private long[] state = new long[KEYS];
  private final Manners manners;
  private final boolean lies;

  /// How transactions happen.
  private enum Manners {
    AT_ONCE,
    STEP_BY_STEP,
    FROM_THE_PAST
  }

  private TinyStore(long seed, Form form) {
    this.random = new Random(seed);
    this.form = form;
    this.manners = Manners.values()[random.nextInt(Manners.values().length)];
    this.lies = random.nextInt(3) == 0;
    past.add(state.clone());
  }

  static Tiny history(long seed, Form form) {
    return new TinyStore(seed, form).make();
  }

  /// A transaction under way.
  private static final class Draft {
    private int process;
    private Operation.Type type = Operation.Type.OK;
    private int called;
    private int ended;
    private final List<Step> asked = new ArrayList<>();
    private final List<Step> answered = new ArrayList<>();
  }

  private Tiny make() {
    boolean endsWithReads = random.nextBoolean();
    int count = 2 + random.nextInt(TRANSACTIONS_MAX - 1 - (endsWithReads ? 1 : 0));
    int processes = 1 + random.nextInt(4);
    List<Draft> drafts = new ArrayList<>();
    Draft[] running = new Draft[processes];
    int[] names = IntStream.range(0, processes).toArray();
    int nextName = processes;
    int events = 0;
    while (drafts.size() < count || Arrays.stream(running).anyMatch(draft -> draft != null)) {
      int by = random.nextInt(processes);
      Draft draft = running[by];
      if (draft == null) {
        if (drafts.size() < count) {
          running[by] = call(names[by], events++);
          drafts.add(running[by]);
        }
      } else if (draft.answered.size() < draft.asked.size()) {
        happen(draft);
      } else {
        draft.ended = events++;
        running[by] = null;
        if (draft.type == Operation.Type.INFO) {
          names[by] = nextName++;
        }
      }
    }
    if (endsWithReads) {
      drafts.add(readOfAll(nextName, events));
    }
    return new Tiny(form, drafts.stream().map(TinyStore::finished).toList());
  }

  private static Tiny.Transaction finished(Draft draft) {
    return new Tiny.Transaction(
        draft.process, draft.type, draft.called, draft.ended, List.copyOf(draft.answered));
  }

  private Draft call(int process, int at) {
    Draft draft = new Draft();
    draft.process = process;
    draft.called = at;
    int dice = random.nextInt(12);
    draft.type =
        dice == 0 ? Operation.Type.FAIL : dice == 1 ? Operation.Type.INFO : Operation.Type.OK;
    int steps = 1 + random.nextInt(STEPS_MAX);
    for (int i = 0; i < steps; i++) {
      int key = random.nextInt(KEYS);
      boolean writes = random.nextBoolean() && lastValue[key] < Tiny.VALUES_MAX - 2;
      draft.asked.add(new Step(writes, key, writes ? ++lastValue[key] : 0));
    }
    return draft;
  }

  /// One step, or all of them; what failed or got lost leaves a trace only in a store that lies.
  private void happen(Draft draft) {
    boolean kept =
        switch (draft.type) {
          case FAIL -> lies && random.nextInt(3) == 0;
          case INFO -> random.nextBoolean();
          default -> !lies || random.nextInt(8) > 0;
        };
    boolean old = manners == Manners.FROM_THE_PAST;
    long[] seen = old ? some(past).clone() : state;
    int steps = manners == Manners.STEP_BY_STEP ? 1 : draft.asked.size();
    for (int i = 0; i < steps; i++) {
      Step step = draft.asked.get(draft.answered.size());
      if (step.writes()) {
        write(seen, step);
        if (kept && old) {
          write(state, step);
        }
      }
      draft.answered.add(
          step.writes() ? step : new Step(false, step.key(), answer(seen[step.key()])));
    }
    if (!kept && !old) {
      state = some(past).clone();
    }
    past.add(state.clone());
  }

  private void write(long[] keys, Step step) {
    keys[step.key()] = form == Form.LIST ? keys[step.key()] << 4 | step.value() : step.value();
  }

  private long[] some(List<long[]> states) {
    return states.get(Math.max(0, states.size() - 1 - random.nextInt(3)));
  }

  private long answer(long value) {
    if (!lies || random.nextInt(6) > 0) {
      return value;
    }
    return form == Form.LIST ? value >>> 4 : Math.max(0, value - 1);
  }

  private Draft readOfAll(int process, int at) {
    Draft draft = new Draft();
    draft.process = process;
    draft.called = at;
    draft.ended = at + 1;
    for (int key = 0; key < KEYS; key++) {
      draft.answered.add(new Step(false, key, state[key]));
    }
    return draft;
  }
}
