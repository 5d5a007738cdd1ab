package io.vxmeta.chaos.nemesis;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// The catalogue: every fault there is.
public final class Faults {
  private static final List<Fault> ALL = catalogue();

  private Faults() {}

  private static List<Fault> catalogue() {
    List<Fault> faults = new ArrayList<>();
    faults.addAll(Kills.all());
    faults.addAll(Pauses.all());
    faults.addAll(Partitions.all());
    faults.addAll(Links.all());
    faults.addAll(RaftStorms.all());
    faults.addAll(PowerCuts.all());
    faults.addAll(DiskTroubles.all());
    faults.addAll(LostPages.all());
    faults.addAll(Rot.all());
    faults.addAll(Relics.all());
    faults.addAll(Shortages.all());
    faults.addAll(ClockJumps.all());
    faults.addAll(Edges.all());
    return List.copyOf(faults);
  }

  public static List<Fault> all() {
    return ALL;
  }

  public static List<Fault> of(FaultFamily family) {
    return ALL.stream().filter(fault -> fault.family() == family).toList();
  }

  /// The fault of that name; whoever asks for another is told the names there are.
  public static Fault named(String name) {
    return ALL.stream()
        .filter(fault -> fault.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no such fault: name=%s; there are: %s"
                    .formatted(
                        name, ALL.stream().map(Fault::name).collect(Collectors.joining(", ")))));
  }
}
