package io.vxmeta.chaos.seeded;

import java.lang.classfile.MethodModel;
import java.util.Optional;

/// One edit of one method of a class under test, named as text because the harness does not compile
/// against it.
///
/// @param type binary name of the class
/// @param method its name, or its name with descriptor where that alone is not unique: `force(Z)V`
/// @param witnessed what the changed code tells [Witness] when it is executed; absent when nobody
///   asks
record Patch(String type, String method, Edit edit, Optional<String> witnessed) {
  Patch(String type, String method, Edit edit) {
    this(type, method, edit, Optional.empty());
  }

  /// The same, which tells that it is executed under this name and that of its place.
  Patch witnessedAs(String name) {
    return new Patch(type, method, edit, Optional.of(name + " " + this));
  }

  /// As the file on the class path is called.
  String resource() {
    return internalName() + ".class";
  }

  String internalName() {
    return type.replace('.', '/');
  }

  boolean concerns(MethodModel candidate) {
    String name = candidate.methodName().stringValue();
    return method.contains("(")
        ? method.equals(name + candidate.methodType().stringValue())
        : method.equals(name);
  }

  @Override
  public String toString() {
    return type + "." + method;
  }
}
