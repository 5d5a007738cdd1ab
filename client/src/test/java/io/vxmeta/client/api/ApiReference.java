package io.vxmeta.client.api;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// One .proto file as docs/api.md has it: its comment, its services, messages and enums, each with
/// what it says.
final class ApiReference {
  /* Names, numbers and types come from the compiled descriptors, comments from the text; both must know the same
   * declarations, so that nothing is left out and no comment is put beside the wrong one. */

  private final FileDescriptor file;
  private final ProtoComments comments;
  private final StringBuilder text = new StringBuilder();

  private ApiReference(FileDescriptor file, ProtoComments comments) {
    this.file = file;
    this.comments = comments;
  }

  /// The file's section, from its heading on.
  static String section(FileDescriptor file, ProtoComments comments) {
    ApiReference reference = new ApiReference(file, comments);
    Set<String> declared = reference.declarations();
    if (!declared.equals(comments.names())) {
      Set<String> differing = new TreeSet<>(declared);
      differing.addAll(comments.names());
      differing.removeIf(name -> declared.contains(name) && comments.names().contains(name));
      throw new IllegalStateException(
          "the text and the compiled form differ: file=" + file.getName() + " in=" + differing);
    }
    reference.write();
    return reference.text.toString();
  }

  private Set<String> declarations() {
    Set<String> names = new TreeSet<>(Set.of(ProtoComments.FILE));
    for (ServiceDescriptor service : file.getServices()) {
      names.add(service.getFullName());
      service.getMethods().forEach(method -> names.add(method.getFullName()));
    }
    for (Descriptor message : messages()) {
      names.add(message.getFullName());
      message.getFields().forEach(field -> names.add(field.getFullName()));
      message.getRealOneofs().forEach(oneof -> names.add(oneof.getFullName()));
    }
    for (EnumDescriptor each : enums()) {
      names.add(each.getFullName());
      each.getValues().forEach(value -> names.add(name(value)));
    }
    return names;
  }

  /// Each message before those inside of it.
  private List<Descriptor> messages() {
    List<Descriptor> all = new ArrayList<>();
    file.getMessageTypes().forEach(message -> addWithNested(message, all));
    return all;
  }

  private static void addWithNested(Descriptor message, List<Descriptor> all) {
    all.add(message);
    message.getNestedTypes().forEach(nested -> addWithNested(nested, all));
  }

  private List<EnumDescriptor> enums() {
    List<EnumDescriptor> all = new ArrayList<>(file.getEnumTypes());
    messages().forEach(message -> all.addAll(message.getEnumTypes()));
    return all;
  }

  private void write() {
    heading("##", file.getName().substring(file.getName().lastIndexOf('/') + 1));
    prose(ProtoComments.FILE);
    for (ServiceDescriptor service : file.getServices()) {
      heading("###", service.getName());
      prose(service.getFullName());
      text.append("\n| call | request | answer | |\n| --- | --- | --- | --- |\n");
      service.getMethods().forEach(this::row);
    }
    for (Descriptor message : messages()) {
      heading("###", shortName(message.getFullName()));
      prose(message.getFullName());
      fields(message);
    }
    for (EnumDescriptor each : enums()) {
      heading("###", shortName(each.getFullName()));
      prose(each.getFullName());
      text.append("\n| value | number | |\n| --- | --- | --- |\n");
      for (EnumValueDescriptor value : each.getValues()) {
        row("`" + value.getName() + "`", number(value.getNumber()), cell(name(value)));
      }
    }
  }

  private void fields(Descriptor message) {
    if (message.getFields().isEmpty()) {
      text.append("\nNo fields.\n");
      return;
    }
    text.append("\n| field | number | type | |\n| --- | --- | --- | --- |\n");
    List<OneofDescriptor> begun = new ArrayList<>();
    for (FieldDescriptor field : message.getFields()) {
      OneofDescriptor choice = field.getRealContainingOneof();
      if (choice != null && !begun.contains(choice)) {
        begun.add(choice);
        row("*" + choice.getName() + "*", "", "at most one of", cell(choice.getFullName()));
      }
      row(
          "`" + field.getName() + "`",
          number(field.getNumber()),
          type(field) + (choice == null ? "" : ", of *" + choice.getName() + "*"),
          cell(field.getFullName()));
    }
  }

  private void row(MethodDescriptor method) {
    row(
        "`" + method.getName() + "`",
        (method.isClientStreaming() ? "stream of " : "") + link(method.getInputType()),
        (method.isServerStreaming() ? "stream of " : "") + link(method.getOutputType()),
        cell(method.getFullName()));
  }

  private void row(String... cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String number(int number) {
    return Integer.toString(number);
  }

  private static String type(FieldDescriptor field) {
    String label = field.isRepeated() ? "repeated " : "";
    if (field.toProto().getProto3Optional()) {
      label = "optional ";
    }
    return label
        + switch (field.getJavaType()) {
          case MESSAGE -> link(field.getMessageType());
          case ENUM -> linkTo(shortName(field.getEnumType().getFullName()));
          case INT, LONG, FLOAT, DOUBLE, BOOLEAN, STRING, BYTE_STRING ->
              field.getType().name().toLowerCase(Locale.ROOT);
        };
  }

  /// Types of others are named in full and not linked.
  private static String link(Descriptor message) {
    String name = shortName(message.getFullName());
    return name.equals(message.getFullName()) ? "`" + name + "`" : linkTo(name);
  }

  private static String linkTo(String name) {
    return "[" + name + "](#" + name.toLowerCase(Locale.ROOT).replace(".", "") + ")";
  }

  private static String shortName(String fullName) {
    return fullName.replaceFirst("^vxmeta\\.v1\\.", "");
  }

  /// Protobuf puts values beside their enum; people look for them inside of it.
  private static String name(EnumValueDescriptor value) {
    return value.getType().getFullName() + "." + value.getName();
  }

  private void heading(String level, String words) {
    text.append('\n').append(level).append(' ').append(words).append('\n');
  }

  private String cell(String name) {
    return comments.of(name).stream()
        .map(String::strip)
        .collect(Collectors.joining(" "))
        .replace("|", "\\|")
        .strip();
  }

  /// Lines as they are; what is indented keeps its columns.
  private void prose(String name) {
    boolean block = false;
    if (!comments.of(name).isEmpty()) {
      text.append('\n');
    }
    for (String line : comments.of(name)) {
      if (line.startsWith("  ") != block) {
        text.append(block ? "```\n\n" : "\n```text\n");
        block = !block;
      }
      text.append(block ? line.substring(2) : line).append('\n');
    }
    text.append(block ? "```\n" : "");
  }
}
