package io.vxmeta.client.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.vxmeta.client.v1.ConfirmRequest;
import io.vxmeta.client.v1.GetStatusRequest;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.Record;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Messages of an earlier build, byte for byte, mean to this one what they meant to that.
final class RecordedMessagesTest {
  /* One line for each field of each message: its name, and the bytes of a message in which it alone is set. Recorded once, by `main`,
   *   and only added to: a line that fails says that a node or client of before would be misunderstood. */

  private static final String RECORDED = "/recorded/messages-1.txt";
  private static final int DEPTH_MAX = 2;

  private static final List<FileDescriptor> FILES =
      List.of(
          Record.getDescriptor().getFile(),
          ReadRequest.getDescriptor().getFile(),
          GetStatusRequest.getDescriptor().getFile(),
          ConfirmRequest.getDescriptor().getFile());

  /// Records all fields of this build into the file of that name.
  public static void main(String[] args) throws IOException {
    List<String> lines = new ArrayList<>();
    types()
        .forEach((name, type) -> {
          for (FieldDescriptor field : type.getFields()) {
            lines.add(
                name + "." + field.getName() + " " + hex(only(type, field, 0).toByteString()));
          }
        });
    Files.write(Path.of(args[0]), lines);
  }

  private static Map<String, Descriptor> types() {
    Map<String, Descriptor> types = new TreeMap<>();
    FILES.forEach(file -> file.getMessageTypes().forEach(type -> add(type, types)));
    return types;
  }

  private static void add(Descriptor type, Map<String, Descriptor> types) {
    if (!type.getOptions().getMapEntry()) {
      types.put(type.getFullName(), type);
      type.getNestedTypes().forEach(nested -> add(nested, types));
    }
  }

  private static DynamicMessage only(Descriptor type, FieldDescriptor field, int depth) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    if (field.isRepeated()) {
      message.addRepeatedField(field, value(field, depth));
    } else {
      message.setField(field, value(field, depth));
    }
    return message.build();
  }

  /// Never a default, which would not be written.
  private static Object value(FieldDescriptor field, int depth) {
    int number = field.getNumber();
    return switch (field.getJavaType()) {
      case INT -> 1_000 + number;
      case LONG -> 1_000_000_000_000L + number;
      case BOOLEAN -> true;
      case DOUBLE -> 0.5 + number;
      case FLOAT -> 0.5f + number;
      case STRING -> "text-" + number;
      case BYTE_STRING -> ByteString.copyFromUtf8("bytes-" + number);
      case ENUM -> field.getEnumType().getValues().get(1);
      case MESSAGE -> nested(field.getMessageType(), depth + 1);
    };
  }

  /// With its first field, so that a nested message is not empty.
  private static DynamicMessage nested(Descriptor type, int depth) {
    boolean ends = depth > DEPTH_MAX || type.getFields().isEmpty();
    return ends
        ? DynamicMessage.getDefaultInstance(type)
        : only(type, type.getFields().get(0), depth);
  }

  private static String hex(ByteString bytes) {
    StringBuilder hex = new StringBuilder();
    for (byte each : bytes) {
      hex.append(String.format("%02x", each));
    }
    return hex.toString();
  }

  private static List<String> recorded() throws IOException {
    try (InputStream lines =
        Objects.requireNonNull(RecordedMessagesTest.class.getResourceAsStream(RECORDED))) {
      return new String(lines.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  @Test
  void everyFieldOfAnEarlierBuildIsReadAsThatFieldAndWrittenAsItWas() throws IOException {
    Map<String, Descriptor> types = types();
    Set<String> met = new TreeSet<>();
    for (String line : recorded()) {
      String[] words = line.split(" ", -1);
      String typeName = words[0].substring(0, words[0].lastIndexOf('.'));
      Descriptor type = types.get(typeName);
      assertNotNull(type, "a message that an earlier build sends is gone: " + typeName);
      assertRead(line, type, ByteString.fromHex(words[1]));
      met.add(typeName);
    }
    assertTrue(met.contains("vxmeta.v1.WriteRequest"), "expected the recorded messages: " + met);
  }

  private static void assertRead(String line, Descriptor type, ByteString bytes)
      throws InvalidProtocolBufferException {
    DynamicMessage message = DynamicMessage.parseFrom(type, bytes);
    assertTrue(isUnderstood(message), "not understood: " + line);
    assertEquals(1, message.getAllFields().size(), line);
    FieldDescriptor field = message.getAllFields().keySet().iterator().next();
    assertEquals(fieldName(line), field.getName(), line);
    if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
      Object value = value(field, 0);
      assertEquals(field.isRepeated() ? List.of(value) : value, message.getField(field), line);
    }
    assertEquals(bytes, message.toByteString(), line);
  }

  private static String fieldName(String line) {
    String name = line.substring(0, line.indexOf(' '));
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /// Whether nothing in it, however deep, is a field that this build does not know.
  private static boolean isUnderstood(Message message) {
    return message.getUnknownFields().asMap().isEmpty()
        && message.getAllFields().values().stream()
            .flatMap(
                value -> value instanceof List<?> several ? several.stream() : Stream.of(value))
            .filter(Message.class::isInstance)
            .allMatch(nested -> isUnderstood((Message) nested));
  }
}
