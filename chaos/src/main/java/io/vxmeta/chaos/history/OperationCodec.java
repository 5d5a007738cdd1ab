package io.vxmeta.chaos.history;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/// An operation as one JSON object, there and back.
public final class OperationCodec {
  /* Stateless. Numbers become Long when they are whole, BigInteger when 64 bits do not hold them, and Double otherwise, so
   * that 1 and "1" stay two values and no two whole numbers become one. */

  private static final Pattern WHOLE = Pattern.compile("-?[0-9]+");

  private static final Set<String> NAMED = Set.of("index", "time", "process", "type", "value");

  private OperationCodec() {}

  /// Throws [IllegalArgumentException] or [IllegalStateException] that says what was expected.
  static Operation decode(JsonObject json) {
    List<Micro> value = new ArrayList<>();
    for (JsonElement micro : field(json, "value").getAsJsonArray()) {
      value.add(micro(micro.getAsJsonArray()));
    }
    Map<String, JsonElement> extras = Map.of();
    if (json.size() > NAMED.size()) {
      extras = new HashMap<>(json.asMap());
      extras.keySet().removeAll(NAMED);
    }
    return new Operation(
        field(json, "index").getAsLong(),
        field(json, "time").getAsLong(),
        field(json, "process").getAsLong(),
        type(field(json, "type").getAsString()),
        value,
        extras);
  }

  /// The line of an operation stream that decodes to `operation`.
  public static String encode(Operation operation) {
    JsonObject json = new JsonObject();
    json.addProperty("index", operation.index());
    json.addProperty("time", operation.timeNanos());
    json.addProperty("process", operation.process());
    json.addProperty("type", name(operation.type()));
    json.add("value", encode(operation.value()));
    operation.extras().forEach(json::add);
    return json.toString();
  }

  /// The steps of a transaction as JSON.
  public static JsonArray encode(List<Micro> steps) {
    JsonArray all = new JsonArray();
    for (Micro step : steps) {
      JsonArray one = new JsonArray();
      one.add(
          switch (step) {
            case Micro.Append _ -> "append";
            case Micro.Write _ -> "w";
            case Micro.CompareAndSet _ -> "cas";
            case Micro.Add _ -> "add";
            case Micro.ReadList _, Micro.ReadValue _, Micro.ReadNull _ -> "r";
          });
      one.add(primitive(step.key()));
      switch (step) {
        case Micro.Append append -> one.add(primitive(append.element()));
        case Micro.Write write -> one.add(primitive(write.value()));
        case Micro.ReadValue read -> one.add(primitive(read.value()));
        case Micro.ReadNull _ -> one.add((JsonElement) null);
        case Micro.CompareAndSet cas -> one.add(pair(cas));
        case Micro.Add add -> one.add(amount(add));
        case Micro.ReadList read -> {
          JsonArray elements = new JsonArray();
          read.elements().forEach(element -> elements.add(primitive(element)));
          one.add(elements);
        }
      }
      all.add(one);
    }
    return all;
  }

  private static JsonArray pair(Micro.CompareAndSet cas) {
    JsonArray pair = new JsonArray();
    pair.add(cas.expected().<JsonElement>map(OperationCodec::primitive).orElse(JsonNull.INSTANCE));
    pair.add(primitive(cas.value()));
    return pair;
  }

  private static JsonElement amount(Micro.Add add) {
    if (add.number().isEmpty()) {
      return new JsonPrimitive(add.amount());
    }
    JsonArray answered = new JsonArray();
    answered.add(add.amount());
    answered.add(add.number().getAsLong());
    return answered;
  }

  static JsonElement field(JsonObject json, String name) {
    JsonElement found = json.get(name);
    if (found == null || found.isJsonNull()) {
      throw new IllegalArgumentException("expected the field `" + name + "`");
    }
    return found;
  }

  private static Operation.Type type(String name) {
    return switch (name) {
      case "invoke" -> Operation.Type.INVOKE;
      case "ok" -> Operation.Type.OK;
      case "fail" -> Operation.Type.FAIL;
      case "info" -> Operation.Type.INFO;
      default ->
          throw new IllegalArgumentException("expected type invoke|ok|fail|info, got type=" + name);
    };
  }

  private static String name(Operation.Type type) {
    return switch (type) {
      case INVOKE -> "invoke";
      case OK -> "ok";
      case FAIL -> "fail";
      case INFO -> "info";
    };
  }

  private static Micro micro(JsonArray json) {
    if (json.size() != 3) {
      throw new IllegalArgumentException(
          "expected [\"append|r|w|cas|add\", key, value], got step=" + json);
    }
    Object key = scalar(json.get(1));
    JsonElement value = json.get(2);
    return switch (json.get(0).getAsString()) {
      case "append" -> new Micro.Append(key, scalar(value));
      case "w" -> new Micro.Write(key, scalar(value));
      case "r" -> read(key, value);
      case "cas" -> compareAndSet(key, value);
      case "add" -> add(key, value);
      default ->
          throw new IllegalArgumentException("expected append, r, w, cas or add, got step=" + json);
    };
  }

  private static Micro compareAndSet(Object key, JsonElement value) {
    if (!value.isJsonArray() || value.getAsJsonArray().size() != 2) {
      throw new IllegalArgumentException("expected [\"cas\", key, [old, new]], got " + value);
    }
    JsonElement old = value.getAsJsonArray().get(0);
    return new Micro.CompareAndSet(
        key,
        old.isJsonNull() ? Optional.empty() : Optional.of(scalar(old)),
        scalar(value.getAsJsonArray().get(1)));
  }

  private static Micro add(Object key, JsonElement value) {
    if (!value.isJsonArray()) {
      return new Micro.Add(key, amount(value), OptionalLong.empty());
    }
    JsonArray answered = value.getAsJsonArray();
    return new Micro.Add(key, amount(answered.get(0)), OptionalLong.of(amount(answered.get(1))));
  }

  private static Micro read(Object key, JsonElement value) {
    if (value.isJsonNull()) {
      return new Micro.ReadNull(key);
    }
    if (!value.isJsonArray()) {
      return new Micro.ReadValue(key, scalar(value));
    }
    List<Object> elements = new ArrayList<>(value.getAsJsonArray().size());
    value.getAsJsonArray().forEach(element -> elements.add(scalar(element)));
    return new Micro.ReadList(key, elements);
  }

  private static Object scalar(JsonElement json) {
    if (!json.isJsonPrimitive()) {
      throw new IllegalArgumentException("expected a number, a string or a boolean, got " + json);
    }
    JsonPrimitive value = json.getAsJsonPrimitive();
    if (value.isString()) {
      return value.getAsString();
    }
    if (value.isBoolean()) {
      return value.getAsBoolean();
    }
    String text = value.getAsString();
    try {
      return Long.valueOf(text);
    } catch (NumberFormatException _) {
      return WHOLE.matcher(text).matches() ? (Object) new BigInteger(text) : value.getAsDouble();
    }
  }

  /// An amount that is added, which must be exact.
  private static long amount(JsonElement json) {
    if (scalar(json) instanceof Long amount) {
      return amount;
    }
    throw new IllegalArgumentException("expected a whole number of 64 bits, got " + json);
  }

  private static JsonPrimitive primitive(Object scalar) {
    return switch (scalar) {
      case Number number -> new JsonPrimitive(number);
      case Boolean bool -> new JsonPrimitive(bool);
      default -> new JsonPrimitive(scalar.toString());
    };
  }
}
