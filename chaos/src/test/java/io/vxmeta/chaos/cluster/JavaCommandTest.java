package io.vxmeta.chaos.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class JavaCommandTest {
  @Test
  void nodesStartFromTheCacheOfTheirJars() {
    List<String> options = JavaCommand.fromCache("/jars/25.aot", List.of("-Xmx320m"));
    assertTrue(options.contains("-XX:AOTCache=/jars/25.aot"), options.toString());
  }

  @Test
  void nodesWhoseClassesAreRewrittenStartWithoutACache() {
    assertEquals(
        List.of(), JavaCommand.fromCache("/jars/25.aot", List.of("-javaagent:/agent.jar=bug:x")));
  }

  @Test
  void aCacheOfTheirOwnGoesBeforeOurs() {
    assertEquals(
        List.of(), JavaCommand.fromCache("/jars/25.aot", List.of("-XX:AOTCache=/other.aot")));
  }

  @Test
  void nodesStartAsEverWithoutACache() {
    assertEquals(List.of(), JavaCommand.fromCache("", List.of("-Xmx320m")));
  }
}
