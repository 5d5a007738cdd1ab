package io.vxmeta.client.cli;

import java.util.ArrayList;
import java.util.List;

/// What a command found: one document for programs, lines and tables of the same for people.
final class Listing {
  /* Owner: the command that makes it, which hands it to an Output and forgets it. */

  private final String kind;
  private final Json.Body document;
  private final List<Object> parts = new ArrayList<>();
  private List<String> named = List.of();
  private String rowsAt = "";

  private Listing(String kind, Json.Body document) {
    this.kind = kind;
    this.document = document;
  }

  /// `kind`: what a row is, which begins its name as in `node/node-1`; empty for names that are
  /// complete by themselves.
  static Listing of(String kind, Json.Body document) {
    return new Listing(kind, document);
  }

  /// The document is an object, and its rows are in this field.
  Listing rowsAt(String field) {
    rowsAt = field;
    return this;
  }

  Listing line(String text) {
    parts.add(text);
    return this;
  }

  Listing table(TextTable table) {
    parts.add(table);
    return this;
  }

  /// Names that are not those in the first column of the first table with heads.
  Listing named(List<String> names) {
    named = List.copyOf(names);
    return this;
  }

  Json.Body document() {
    return document;
  }

  String rowsAt() {
    return rowsAt;
  }

  /// Texts and tables, from the top.
  List<Object> parts() {
    return List.copyOf(parts);
  }

  List<String> names() {
    List<String> names = named.isEmpty() ? firstColumn() : named;
    return kind.isEmpty() ? names : names.stream().map(name -> kind + "/" + name).toList();
  }

  private List<String> firstColumn() {
    return parts.stream()
        .filter(part -> part instanceof TextTable table && table.hasHeads())
        .findFirst()
        .map(table -> ((TextTable) table).firstColumn())
        .orElse(List.of());
  }
}
