package io.vxmeta.chaos.net;

import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// A disturbance of the proxies: a trouble, the gates it stands at, and what it did.
final class Hindrance implements Disturbance {
  private final Trouble trouble;
  private final Set<Gate> gates;
  private final Consumer<Hindrance> whenLifted;
  private final AtomicLong hindered = new AtomicLong();

  Hindrance(Trouble trouble, Set<Gate> gates, Consumer<Hindrance> whenLifted) {
    this.trouble = trouble;
    this.gates = Set.copyOf(gates);
    this.whenLifted = whenLifted;
  }

  Hindrance enforce() {
    gates.forEach(gate -> gate.add(this));
    return this;
  }

  Trouble trouble() {
    return trouble;
  }

  void count() {
    hindered.incrementAndGet();
  }

  void count(long more) {
    hindered.addAndGet(more);
  }

  @Override
  public long hindered() {
    return hindered.get();
  }

  @Override
  public void lift() {
    gates.forEach(gate -> gate.remove(this));
    whenLifted.accept(this);
  }
}
