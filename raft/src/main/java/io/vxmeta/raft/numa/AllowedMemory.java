package io.vxmeta.raft.numa;

import io.vxmeta.statemachine.os.IdSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The domains whose memory this process may use, by its control group.
final class AllowedMemory {
  /// The kernel's own intersection of all that restricts the process.
  private static final String LINE = "Mems_allowed_list:";

  private final Path status;

  AllowedMemory(Path procRoot) {
    this.status = procRoot.resolve("self").resolve("status");
  }

  /// All domains of the machine where the kernel does not say.
  IdSet of(MachineTopology machine) {
    return read()
        .orElseGet(() ->
            IdSet.of(machine.domains().stream().mapToInt(domain -> domain.id().value()).toArray()));
  }

  Optional<IdSet> read() {
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith(LINE))
          .findFirst()
          .map(line -> IdSet.parse(line.substring(LINE.length())));
    } catch (IOException | IllegalArgumentException _) {
      return Optional.empty(); // A kernel without domains has no such line.
    }
  }
}
