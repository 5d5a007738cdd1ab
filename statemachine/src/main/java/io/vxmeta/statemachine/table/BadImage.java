package io.vxmeta.statemachine.table;

import java.io.IOException;

/// Files that were to become a table are not the segments of one sound table.
final class BadImage extends IOException {

  private static final long serialVersionUID = 1;

  BadImage(String message) {
    this(message, "do not use this snapshot, take the one before it or a replica's");
  }

  BadImage(String message, String remedy) {
    super(message + "; " + remedy);
  }
}
