package io.vxmeta.client.cli;

import com.google.gson.stream.JsonWriter;
import io.vxmeta.client.cli.doctor.Finding;
import java.io.IOException;
import java.util.List;

/// Findings as people and programs read them, and what they end a command with.
final class FindingsListing {

  private FindingsListing() {}

  static Listing of(List<Finding> findings) {
    TextTable table = new TextTable("CHECK", "RESULT", "FACT", "REMEDY");
    findings.forEach(finding ->
        table.row(
            finding.check(),
            finding.grade(),
            finding.fact(),
            finding.remedy().isEmpty() ? "-" : finding.remedy()));
    return Listing.of("check", json -> write(json, findings)).table(table);
  }

  private static void write(JsonWriter json, List<Finding> findings) throws IOException {
    json.beginArray();
    for (Finding finding : findings) {
      json.beginObject().name("check").value(finding.check());
      json.name("result").value(finding.grade().name());
      json.name("fact").value(finding.fact());
      json.name("remedy").value(finding.remedy()).endObject();
    }
    json.endArray();
  }

  static int exitCode(List<Finding> findings) {
    return findings.stream().anyMatch(finding -> finding.grade() == Finding.Grade.fail)
        ? ExitCode.UNHEALTHY
        : ExitCode.OK;
  }
}
