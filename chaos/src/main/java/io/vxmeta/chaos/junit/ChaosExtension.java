package io.vxmeta.chaos.junit;

import io.vxmeta.chaos.cluster.NodeStopped;
import io.vxmeta.chaos.run.ChaosRun;
import io.vxmeta.chaos.run.RunFolder;
import io.vxmeta.chaos.run.RunRequest;
import io.vxmeta.chaos.run.RunSummary;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/// Makes the run of a [ChaosTest] before its method is called, and fails the test when the run did.
final class ChaosExtension implements BeforeEachCallback, ParameterResolver {
  /* The run ends by itself: its periods are counted, and every wait in it has a limit. */

  private static final ExtensionContext.Namespace STORE =
      ExtensionContext.Namespace.create(ChaosExtension.class);
  private static final Path FOLDER = Path.of("target", "chaos");

  /// Seeds that are easy to type.
  private static final int SEED_BOUND = 1_000_000;

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    ChaosTest wanted = context.getRequiredTestMethod().getAnnotation(ChaosTest.class);
    Consumer<String> told = System.out::println;
    try (RunFolder folder = RunFolder.take(folder(context), told)) {
      RunSummary summary = summary(request(wanted), folder.path());
      if (!summary.sound()) {
        throw new AssertionError(summary.text() + "; everything is kept in " + folder.path());
      }
      context
          .getStore(STORE)
          .put(
              ChaosVerdict.class,
              new ChaosVerdict(
                  summary.operations(),
                  summary.checked(),
                  summary.faultKinds(),
                  summary.faultFamilies(),
                  folder.path()));
    }
  }

  private static RunSummary summary(RunRequest request, Path folder) throws InterruptedException {
    try {
      return ChaosRun.go(request, folder, System.out);
    } catch (IOException | NodeStopped | RuntimeException e) {
      throw new AssertionError(
          "the run broke off without a verdict: seed=%d cause=%s; everything is kept in %s"
              .formatted(request.seed(), e, folder),
          e);
    }
  }

  private static RunRequest request(ChaosTest wanted) {
    return new RunRequest(
        wanted.seed() == 0 ? new SecureRandom().nextInt(SEED_BOUND) : wanted.seed(),
        wanted.driver(),
        wanted.nodes(),
        List.of(wanted.faults()),
        List.of(wanted.workload()),
        Duration.ofSeconds(wanted.seconds()),
        wanted.processes(),
        wanted.operationsPerSecond(),
        wanted.operationsLeast());
  }

  /// Of the test alone.
  private static Path folder(ExtensionContext context) {
    return FOLDER.resolve(
        context.getRequiredTestClass().getSimpleName()
            + "-"
            + context.getRequiredTestMethod().getName());
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == ChaosVerdict.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return Objects.requireNonNull(
        context.getStore(STORE).get(ChaosVerdict.class, ChaosVerdict.class));
  }
}
