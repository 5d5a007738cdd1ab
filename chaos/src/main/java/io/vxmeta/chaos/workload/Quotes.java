package io.vxmeta.chaos.workload;

import io.vxmeta.chaos.history.Operation;
import io.vxmeta.chaos.history.OperationCodec;
import io.vxmeta.chaos.workload.Judgement.Finding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Looks up in a history what findings rest on: the lines of their events, and the calls around
/// them as a picture.
final class Quotes {
  /* Threads: one. Memory: the calls under way, and for each finding that is drawn a few calls. */

  /// Findings of one ruling that are drawn; the others are like them.
  private static final int PICTURES_MAX = 3;

  private final List<Finding> findings;
  private final Map<Long, String> lines = new HashMap<>();
  private final Map<Finding, Scene> scenes = new HashMap<>();
  private final Map<Long, Operation> open = new HashMap<>();

  Quotes(List<Finding> findings) {
    this.findings = findings;
    for (Finding finding : findings) {
      if (finding.lines().isEmpty()) {
        finding.events().forEach(event -> lines.put(event, ""));
      }
      if (finding.picture().isEmpty()
          && !finding.events().isEmpty()
          && scenes.size() < PICTURES_MAX) {
        scenes.put(finding, new Scene(finding.name(), finding.events()));
      }
    }
  }

  /// Whether there is nothing to look up.
  boolean isComplete() {
    return lines.isEmpty() && scenes.isEmpty();
  }

  /// Events come in the order of the history.
  void take(Operation event) {
    var _ = lines.computeIfPresent(event.index(), (_, _) -> OperationCodec.encode(event));
    if (!event.completes()) {
      open.put(event.process(), event);
      scenes.values().forEach(scene -> scene.asked(event));
      return;
    }
    Operation asked = open.remove(event.process());
    if (asked != null) {
      scenes.values().forEach(scene -> scene.ended(asked, Optional.of(event)));
    }
  }

  /// The findings with what was found; to be called once, after the last event.
  List<Finding> quoted() {
    scenes
        .values()
        .forEach(scene -> open.values().forEach(asked -> scene.ended(asked, Optional.empty())));
    List<Finding> quoted = new ArrayList<>();
    for (Finding finding : findings) {
      List<String> found =
          finding.events().stream()
              .map(event -> lines.getOrDefault(event, ""))
              .filter(line -> !line.isEmpty())
              .toList();
      Scene scene = scenes.get(finding);
      Finding drawn = scene == null ? finding : finding.withPicture(scene.svg());
      quoted.add(found.isEmpty() ? drawn : drawn.withLines(found));
    }
    return quoted;
  }
}
