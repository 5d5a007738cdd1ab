package io.vxmeta.chaos.workload;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.vxmeta.chaos.history.Operation;
import io.vxmeta.client.Freshness;
import io.vxmeta.client.StoredRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a history keeps of an answer besides its values: who gave it, in what role, at which
/// revision.
final class Facts {
  static final String NODE = "node";
  static final String ROLE = "role";
  static final String GROUP = "group";
  static final String REVISION = "revision";
  static final String STALENESS_MS = "staleness_ms";

  /// Of each key read, in the order of the steps; 0 is an absent record.
  static final String VERSIONS = "versions";

  /// Of each key read, in the order of the steps; 0 is a record that stays or is absent. Left out
  /// when all are.
  static final String EXPIRES_AT_MS = "expires_at_ms";

  /// Of a compare: whether it held.
  static final String APPLIED = "applied";

  static final String ERROR = "error";

  private Facts() {}

  static Map<String, JsonElement> of(Freshness freshness) {
    Map<String, JsonElement> facts = new LinkedHashMap<>();
    facts.put(NODE, new JsonPrimitive(freshness.node()));
    facts.put(ROLE, new JsonPrimitive(freshness.role().name()));
    facts.put(GROUP, new JsonPrimitive(freshness.token().group().value()));
    facts.put(REVISION, new JsonPrimitive(freshness.token().revision().value()));
    freshness.stalenessMs().ifPresent(ms -> facts.put(STALENESS_MS, new JsonPrimitive(ms)));
    return facts;
  }

  static Map<String, JsonElement> of(Freshness freshness, List<Optional<StoredRecord>> records) {
    Map<String, JsonElement> facts = of(freshness);
    JsonArray versions = new JsonArray();
    records.forEach(found -> versions.add(found.map(r -> r.version().value()).orElse(0L)));
    facts.put(VERSIONS, versions);
    if (records.stream().flatMap(Optional::stream).anyMatch(r -> r.expiresAtMs() > 0)) {
      JsonArray ends = new JsonArray();
      records.forEach(found -> ends.add(found.map(StoredRecord::expiresAtMs).orElse(0L)));
      facts.put(EXPIRES_AT_MS, ends);
    }
    return facts;
  }

  /// One line of facts of a workload's own.
  static Map<String, JsonElement> ofNumbers(Map<String, Long> numbers) {
    Map<String, JsonElement> facts = new LinkedHashMap<>();
    numbers.forEach((name, number) -> facts.put(name, new JsonPrimitive(number)));
    return facts;
  }

  /// A number of a history's line; `otherwise` when it has none of that name.
  static long number(Operation operation, String name, long otherwise) {
    JsonElement found = operation.extras().get(name);
    return found == null ? otherwise : found.getAsLong();
  }

  static Map<String, JsonElement> error(String why) {
    return Map.of(ERROR, new JsonPrimitive(why));
  }
}
