package io.vxmeta.chaos.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vxmeta.chaos.cluster.PaperCluster;
import io.vxmeta.chaos.cluster.PaperCluster.PaperWires;
import io.vxmeta.chaos.cluster.PaperCluster.Storage;
import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.Faults;
import io.vxmeta.chaos.net.NamespaceWires;
import io.vxmeta.chaos.net.Network;
import io.vxmeta.chaos.net.Trouble;
import io.vxmeta.chaos.net.Wires;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the list of faults says of the drivers is what faults say of their clusters.
class DriverTest {
  private static final OptionalLong OWN_PID = OptionalLong.of(ProcessHandle.current().pid());

  /// Has whatever any driver has.
  private static final PaperCluster BEST = cluster(Set.of(), Storage.OWN_DISKS);

  private static PaperCluster cluster(Set<Class<? extends Trouble>> impossible, Storage storage) {
    return new PaperCluster(OWN_PID, Optional.of(new PaperWires(impossible)), storage);
  }

  private static PaperCluster cluster(Driver driver) {
    return switch (driver) {
      case IN_PROCESS -> new PaperCluster(OptionalLong.empty(), Optional.empty(), Storage.SHARED);
      case PROCESSES -> cluster(impossibleForProxies(), Storage.SHARED);
      case DISKS -> cluster(impossibleForProxies(), Storage.OWN_DISKS);
      case NAMESPACES -> cluster(impossible(new NamespaceWires(Map.of())), Storage.SHARED);
    };
  }

  private static Set<Class<? extends Trouble>> impossibleForProxies() {
    try (Network proxies = new Network(List.of())) {
      return impossible(proxies);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// By the wires' own word.
  private static Set<Class<? extends Trouble>> impossible(Wires wires) {
    return Arrays.stream(Trouble.class.getPermittedSubclasses())
        .<Class<? extends Trouble>>map(kind -> kind.asSubclass(Trouble.class))
        .filter(kind -> wires.whyNot(kind).isPresent())
        .collect(Collectors.toSet());
  }

  /// What the best cluster lacks as well, it lacks for this machine's sake: rights, programs, fail
  /// points in this JVM.
  private static boolean possible(Fault fault, PaperCluster cluster) {
    Optional<String> why = fault.impossibleOn(cluster);
    return why.isEmpty() || why.equals(fault.impossibleOn(BEST));
  }

  @ParameterizedTest
  @EnumSource
  void aDriverHasTheFaultsThatItsClustersCanHave(Driver driver) {
    assertEquals(
        names(Faults.all().stream().filter(fault -> possible(fault, cluster(driver))).toList()),
        names(Faults.all().stream().filter(driver::has).toList()));
  }

  private static List<String> names(List<Fault> faults) {
    return faults.stream().map(Fault::name).toList();
  }

  @Test
  void theListNamesTheDriversOfEachFault() {
    assertEquals("all", ListFaultsCommand.drivers(Faults.named("kill-leader")));
    assertEquals(
        "processes, disks, namespaces",
        ListFaultsCommand.drivers(Faults.named("kill-during-snapshot")));
    assertEquals("disks", ListFaultsCommand.drivers(Faults.named("live-file-truncated")));
    assertEquals("namespaces", ListFaultsCommand.drivers(Faults.named("loss")));
    assertEquals(
        "processes, disks, namespaces", ListFaultsCommand.drivers(Faults.named("black-hole")));
  }
}
