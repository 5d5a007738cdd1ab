package io.vxmeta.client.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.FileDescriptor;
import io.vxmeta.client.v1.ConfirmRequest;
import io.vxmeta.client.v1.GetStatusRequest;
import io.vxmeta.client.v1.ReadRequest;
import io.vxmeta.client.v1.Token;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/api.md is what the .proto files say.
class ApiReferenceTest {

  private static final Path PROTOS = Path.of("src", "main", "proto");
  private static final Path REFERENCE = Path.of("..", "docs", "api.md");

  /// Where the document is written as it should be when it is not.
  private static final Path WRITTEN = Path.of("target", "api.md");

  /// In the order of the document: what everybody calls, what operators call, what both share, what
  /// nodes call.
  private static final List<FileDescriptor> FILES =
      List.of(
          ReadRequest.getDescriptor().getFile(),
          GetStatusRequest.getDescriptor().getFile(),
          Token.getDescriptor().getFile(),
          ConfirmRequest.getDescriptor().getFile());

  private static final String HEAD =
      """
      # API reference

      Written by `ApiReferenceTest` from the files in `client/src/main/proto/vxmeta/v1`, comments included; it compares this document with them. What the
      words mean is in [concepts.md](concepts.md), what a transaction does in [transactions.md](transactions.md). A field that was not sent has its type's default: zero,
      false or empty; an `optional` one, a message and a member of a choice tell "not sent" from that.
      """;

  @Test
  void theDocumentHasEveryDeclarationAsItIs() throws IOException {
    String document =
        HEAD + FILES.stream().map(ApiReferenceTest::section).collect(Collectors.joining());
    if (!Files.isRegularFile(REFERENCE) || !Files.readString(REFERENCE).equals(document)) {
      Path unused = Files.createDirectories(WRITTEN.toAbsolutePath().getParent());
      unused = Files.writeString(WRITTEN, document);
    }
    assertEquals(
        document,
        Files.readString(REFERENCE),
        "the document is behind the protos: cp client/target/api.md docs/api.md");
  }

  @Test
  void noFileIsLeftOut() throws IOException {
    try (Stream<Path> all = Files.walk(PROTOS)) {
      assertEquals(
          new TreeSet<>(FILES.stream().map(FileDescriptor::getName).toList()),
          all.filter(Files::isRegularFile)
              .map(file -> PROTOS.relativize(file).toString().replace('\\', '/'))
              .collect(Collectors.toCollection(TreeSet::new)),
          "add the file to the list of this test");
    }
  }

  @Test
  void whatTheReaderDoesNotKnowIsRefusedWithItsLine() {
    assertTrue(refusal("message A {", "  map<string, string> b = 1;", "}").contains("line=4"));
    assertTrue(refusal("message A {", "  bool b = 1; // why", "}").contains("// why"));
    assertTrue(refusal("message A {", "  bool b = 1;").contains("the end of the file"));
    assertTrue(refusal("}").contains("found=}"));
    assertTrue(refusal("// lost", "", "message A {}").contains("[lost]"));
    assertTrue(refusal("message A {", "  reserved 2;", "}").contains("reserved 2;"));
    assertTrue(refusal("message A {", "  bool b = 1;", "  int64 b = 2;", "}").contains("p.A.b"));
  }

  @Test
  void aTextThatIsNotTheCompiledFormIsRefused() {
    ProtoComments other =
        ProtoComments.of("other.proto", List.of("syntax = \"proto3\";", "package vxmeta.v1;"));
    String message =
        assertThrows(
                IllegalStateException.class,
                () -> ApiReference.section(Token.getDescriptor().getFile(), other))
            .getMessage();
    assertTrue(String.valueOf(message).contains("vxmeta.v1.Token.revision"), message);
  }

  private static String section(FileDescriptor file) {
    try {
      Path source = PROTOS.resolve(file.getName());
      return ApiReference.section(
          file, ProtoComments.of(source.toString(), Files.readAllLines(source)));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static String refusal(String... lines) {
    List<String> all =
        Stream.concat(Stream.of("syntax = \"proto3\";", "package p;"), Stream.of(lines)).toList();
    return String.valueOf(
        assertThrows(IllegalStateException.class, () -> ProtoComments.of("p.proto", all))
            .getMessage());
  }
}
