package io.vxmeta.chaos.verify;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.check.txn.Anomaly;
import io.vxmeta.chaos.check.txn.Verdict;
import io.vxmeta.chaos.workload.Judgement.Finding;
import io.vxmeta.chaos.workload.Judgement.Outcome;
import io.vxmeta.chaos.workload.Ruling;
import java.util.List;

/// What a judge says of one history.
///
/// @param judge the name of who says it
/// @param anomalies distinct names, sorted
/// @param not the weakest levels of isolation that the anomalies rule out, where the judge knows
/// @param reason why nothing could be decided; empty otherwise
/// @param proofs in words, each with the lines of the history that it rests on
record Answer(
    String id,
    String judge,
    Outcome outcome,
    List<String> anomalies,
    List<String> not,
    String reason,
    List<String> proofs) {

  static Answer of(String id, String judge, Verdict verdict) {
    Outcome outcome =
        switch (verdict.outcome()) {
          case VALID -> Outcome.VALID;
          case INVALID -> Outcome.INVALID;
          case UNKNOWN -> Outcome.UNKNOWN;
        };
    return new Answer(
        id,
        judge,
        outcome,
        verdict.names(),
        verdict.not(),
        verdict.reason(),
        verdict.anomalies().stream().map(Answer::finding).map(Answer::proof).toList());
  }

  static Answer of(String id, String judge, Ruling ruling, List<String> not) {
    boolean decided = ruling.undecided().isEmpty();
    List<Finding> findings = ruling.findings();
    return new Answer(
        id,
        judge,
        !findings.isEmpty() ? Outcome.INVALID : decided ? Outcome.VALID : Outcome.UNKNOWN,
        findings.stream().map(Finding::name).distinct().sorted().toList(),
        not,
        findings.isEmpty() ? ruling.undecided() : "",
        findings.stream().map(Answer::proof).toList());
  }

  private static Finding finding(Anomaly anomaly) {
    return new Finding(anomaly.name(), anomaly.proof(), "", List.of(), anomaly.lines());
  }

  /// Proofs of transactions say their name themselves.
  private static String proof(Finding finding) {
    String name = finding.name() + ". ";
    String proof = finding.proof().startsWith(name) ? finding.proof() : name + finding.proof();
    return finding.lines().isEmpty()
        ? proof
        : proof + "\nIt rests on these lines:\n  " + String.join("\n  ", finding.lines());
  }

  /// `{"id":..,"valid":true|false|"unknown","anomalies":[..],"not":[..],"judge":..}`, and a
  /// `reason` where nothing was decided. The last two are ours: the file may have decided who
  /// judges, and an undecided history is to be judged again by somebody who can.
  String line() {
    JsonObject json = new JsonObject();
    json.addProperty("id", id);
    json.add(
        "valid",
        switch (outcome) {
          case VALID -> new JsonPrimitive(true);
          case INVALID -> new JsonPrimitive(false);
          case UNKNOWN -> new JsonPrimitive("unknown");
        });
    json.add("anomalies", strings(anomalies));
    json.add("not", strings(not));
    json.addProperty("judge", judge);
    if (!reason.isEmpty()) {
      json.addProperty("reason", reason);
    }
    return json.toString();
  }

  private static JsonArray strings(List<String> values) {
    JsonArray array = new JsonArray();
    values.forEach(array::add);
    return array;
  }
}
