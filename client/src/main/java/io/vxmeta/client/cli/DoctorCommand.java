package io.vxmeta.client.cli;

import io.vxmeta.client.cli.doctor.CertificateCheck;
import io.vxmeta.client.cli.doctor.DiskChecks;
import io.vxmeta.client.cli.doctor.DiskProbe;
import io.vxmeta.client.cli.doctor.Finding;
import io.vxmeta.client.cli.doctor.Machine;
import io.vxmeta.client.cli.doctor.MachineChecks;
import io.vxmeta.client.cli.doctor.RuntimeCheck;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Looks at this machine, without a cluster.
@Command(
    name = "doctor",
    description =
        "Looks at this machine as one that runs a node: kernel, huge pages, limits, CPUs, clock, JDK,"
            + " disk, certificates. Needs no cluster. Exit code 5 when a check fails; a warning"
            + " is none.",
    mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {

  private final Streams streams;
  @Mixin private final Output output = new Output();
  @Mixin private final ProbedDirectory probed = new ProbedDirectory();

  @Option(
      names = "--pid",
      paramLabel = "PID",
      description = "Look at the limits of this process, such as a node that runs.")
  private @Nullable Long process;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      defaultValue = "/",
      description = "Read proc, sys and run below this directory, as a host's in a container.")
  private Path root = Path.of("/");

  @Option(
      names = "--tls-ca",
      paramLabel = "FILE",
      descriptionKey = SettingDefaults.MARK,
      description = "Say when this authority ends (PEM).")
  private @Nullable Path authority;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      descriptionKey = SettingDefaults.MARK,
      description = "Say when this certificate ends (PEM).")
  private @Nullable Path certificate;

  DoctorCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    Long number = process;
    Machine machine = new Machine(root, number == null ? "self" : Long.toString(number));
    if (number != null && !machine.isThere()) {
      throw new CommandFailed(
          ExitCode.NOT_MET, "no such process: pid=" + number + "; give one that runs");
    }
    List<Finding> findings = new ArrayList<>(new MachineChecks(machine).all());
    findings.add(RuntimeCheck.of(Runtime.version()));
    findings.addAll(
        DiskChecks.all(probed.directory(), new DiskProbe(System::nanoTime), probed.rounds()));
    CertificateCheck certificates = new CertificateCheck(Instant.now());
    Stream.of(authority, certificate)
        .filter(Objects::nonNull)
        .forEach(file -> findings.add(certificates.of(file)));
    output.print(streams, FindingsListing.of(findings));
    return FindingsListing.exitCode(findings);
  }
}
