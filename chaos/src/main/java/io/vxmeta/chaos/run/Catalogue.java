package io.vxmeta.chaos.run;

import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.FaultFamily;
import io.vxmeta.chaos.nemesis.Faults;
import io.vxmeta.chaos.workload.Workload;
import io.vxmeta.chaos.workload.Workloads;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Finds faults and workloads by what users write: `all`, `none`, families, names.
final class Catalogue implements PlanFile.Choices {
  private static final String ALL = "all";
  private static final String NONE = "none";

  @Override
  public List<String> faults(List<String> asked) {
    if (asked.contains(NONE) && asked.size() > 1) {
      throw new PlanInvalid("faults", "none and nothing else, or others", asked.toString());
    }
    Set<String> chosen = new LinkedHashSet<>();
    for (String word : asked) {
      if (word.equals(NONE)) {
        continue;
      }
      List<String> meant =
          Faults.all().stream()
              .filter(fault ->
                  word.equals(ALL)
                      || fault.name().equals(word)
                      || fault.family().title().equals(word))
              .map(Fault::name)
              .toList();
      if (meant.isEmpty()) {
        throw new PlanInvalid("faults", "any of " + faultWords(), word);
      }
      chosen.addAll(meant);
    }
    return List.copyOf(chosen);
  }

  private static Set<String> faultWords() {
    Set<String> words = new LinkedHashSet<>(List.of(ALL, NONE));
    words.addAll(Arrays.stream(FaultFamily.values()).map(FaultFamily::title).toList());
    words.addAll(
        Faults.all().stream().map(Fault::name).collect(Collectors.toCollection(TreeSet::new)));
    return words;
  }

  @Override
  public List<String> workloads(List<String> asked) {
    Set<String> chosen = new LinkedHashSet<>();
    for (String word : asked) {
      List<String> meant =
          Workloads.all().stream()
              .map(Workload::name)
              .filter(name -> word.equals(ALL) || name.equals(word))
              .toList();
      if (meant.isEmpty()) {
        throw new PlanInvalid(
            "workloads",
            "all, or any of " + Workloads.all().stream().map(Workload::name).toList(),
            word);
      }
      chosen.addAll(meant);
    }
    return List.copyOf(chosen);
  }
}
