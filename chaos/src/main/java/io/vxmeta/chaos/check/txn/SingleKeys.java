package io.vxmeta.chaos.check.txn;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.check.linear.Registers;
import io.vxmeta.chaos.check.linear.Verdict;
import io.vxmeta.chaos.history.History;

/// The model `linearizable` of `vxctl verify`: histories of registers, key by key.
record SingleKeys(String id, Verdict verdict) {
  /// Stands beside the models of transactions on the command line.
  static final String MODEL = "linearizable";

  private static final String ANOMALY = "not-linearizable";

  static SingleKeys judge(History history) {
    Registers registers = new Registers();
    history.operations().forEach(registers::add);
    return new SingleKeys(history.id(), registers.judge().both());
  }

  /// As for transactions: `{"id":..,"valid":..,"anomalies":[..],"not":[..]}`.
  String line() {
    JsonObject json = new JsonObject();
    JsonArray anomalies = new JsonArray();
    JsonArray not = new JsonArray();
    json.addProperty("id", id);
    switch (verdict) {
      case Verdict.Holds _ -> json.addProperty("valid", true);
      case Verdict.Undecided _ -> json.add("valid", new JsonPrimitive("unknown"));
      case Verdict.Broken _ -> {
        json.addProperty("valid", false);
        anomalies.add(ANOMALY);
        not.add(MODEL);
      }
    }
    json.add("anomalies", anomalies);
    json.add("not", not);
    if (verdict instanceof Verdict.Undecided undecided) {
      json.addProperty("reason", undecided.reason());
    }
    return json.toString();
  }

  /// Why the history is broken; empty when it is not.
  String proof() {
    return verdict instanceof Verdict.Broken broken ? broken.proof() : "";
  }

  int exitCode(int valid, int anomaly, int undecided) {
    return switch (verdict) {
      case Verdict.Holds _ -> valid;
      case Verdict.Broken _ -> anomaly;
      case Verdict.Undecided _ -> undecided;
    };
  }
}
