package io.vxmeta.chaos.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// A `@ChaosTest` whose run is not sound fails, and says what was found and where it lies.
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ChaosExtensionIT {
  /// What JUnit says of one test of [DoomedRun].
  private static TestExecutionResult result(String method) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectMethod(DoomedRun.class, method))
            .build();
    List<TestExecutionResult> results = new ArrayList<>();
    LauncherFactory.create()
        .execute(
            request,
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                  results.add(result);
                }
              }
            });
    assertEquals(1, results.size());
    return results.getFirst();
  }

  private static String failure(String method) {
    DoomedRun.REACHED.set(false);
    TestExecutionResult result = result(method);
    assertEquals(TestExecutionResult.Status.FAILED, result.getStatus(), result::toString);
    assertFalse(DoomedRun.REACHED.get(), "the method of a test whose run failed is not called");
    return ""
        + assertInstanceOf(AssertionError.class, result.getThrowable().orElseThrow()).getMessage();
  }

  @Test
  void failureSaysWhatTheRunFoundAndWhereItIsKept() throws Exception {
    String message = failure("nodeDiesUnasked");
    assertTrue(message.startsWith("seed 77, ANOMALY"), message);
    assertTrue(message.contains("node-died"), message);
    Matcher kept = Pattern.compile("everything is kept in (\\S+)").matcher(message);
    assertTrue(kept.find(), message);
    assertTrue(Files.isRegularFile(Path.of(kept.group(1)).resolve("run.json")), message);
  }

  @Test
  void runThatNeverBeganFailsItsTestToo() {
    String message = failure("nobodyKnowsTheWorkload");
    assertTrue(message.startsWith("the run broke off without a verdict: seed=78 cause="), message);
    assertTrue(message.contains("nonsense"), message);
  }
}
