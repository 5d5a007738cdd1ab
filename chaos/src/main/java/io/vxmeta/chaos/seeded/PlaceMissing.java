package io.vxmeta.chaos.seeded;

/// The code under test has changed: a class, method or call that a bug or fail point names is not
/// there.
final class PlaceMissing extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PlaceMissing(String message) {
    super(message + "; name the new place in io.vxmeta.chaos.seeded");
  }
}
