package io.vxmeta.client.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vxmeta.client.cli.doctor.Finding.Grade;
import java.util.List;

/// What the checks of one made-up machine found.
record Findings(List<Finding> all) {
  Finding of(String check) {
    return all.stream().filter(finding -> finding.check().equals(check)).findFirst().orElseThrow();
  }

  /// A check that is not well has a remedy, and one that is has none.
  void assertFinding(String check, Grade grade, String word) {
    Finding finding = of(check);
    assertEquals(grade, finding.grade(), finding.toString());
    assertTrue((finding.fact() + finding.remedy()).contains(word), finding.toString());
    assertEquals(grade == Grade.ok, finding.remedy().isEmpty(), finding.toString());
  }

  void assertAllWell(int checks) {
    assertEquals(checks, all.size());
    for (Finding finding : all) {
      assertEquals(Grade.ok, finding.grade(), finding.toString());
      assertEquals("", finding.remedy(), finding.toString());
    }
  }
}
