package io.vxmeta.chaos.seeded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Rewrites the classes that patches name.
final class Rewriter {
  /* Threads: immutable; the JVM calls it from every thread that loads a class.
   * Classes are looked at as files only, never loaded: a patch must be in place before its class is. */

  private final ClassFile files;
  private final ClassLoader loader;
  private final Map<String, List<Patch>> byClass = new TreeMap<>();

  Rewriter(Collection<Patch> patches, ClassLoader loader) {
    this.loader = loader;
    this.files =
        ClassFile.of(
            ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(loader)
                    .orElse(ClassHierarchyResolver.defaultResolver())));
    for (Patch patch : patches) {
      byClass.computeIfAbsent(patch.internalName(), _ -> new ArrayList<>()).add(patch);
    }
  }

  boolean concerns(String internalName) {
    return byClass.containsKey(internalName);
  }

  /// Rewrites and verifies every class from the class path, loads none, and throws [PlaceMissing]
  /// when a patch does not fit.
  ///
  /// @return the rewritten classes
  List<byte[]> rehearse() {
    List<byte[]> all = new ArrayList<>();
    for (List<Patch> patches : byClass.values()) {
      Patch first = patches.getFirst();
      byte[] rewritten = rewrite(first.internalName(), original(first));
      List<VerifyError> errors = files.verify(rewritten);
      if (!errors.isEmpty()) {
        throw new PlaceMissing(
            "expected code that verifies: class=" + first.type() + " error=" + errors.getFirst());
      }
      all.add(rewritten);
    }
    return all;
  }

  private byte[] original(Patch patch) {
    try (InputStream bytes = loader.getResourceAsStream(patch.resource())) {
      if (bytes == null) {
        throw new PlaceMissing("expected a class on the class path: class=" + patch.type());
      }
      return bytes.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read a class: class=" + patch.type(), e);
    }
  }

  /// The class with every patch that names it.
  byte[] rewrite(String internalName, byte[] original) {
    byte[] bytes = original;
    for (Patch patch : byClass.getOrDefault(internalName, List.of())) {
      bytes = rewrite(patch, bytes);
    }
    return bytes;
  }

  private byte[] rewrite(Patch patch, byte[] original) {
    Strikes strikes = new Strikes(patch.witnessed());
    ClassModel model = files.parse(original);
    ClassTransform transform =
        (builder, element) -> {
          if (element instanceof MethodModel method && patch.concerns(method)) {
            builder.transformMethod(method, patch.edit().of(method, strikes));
          } else {
            builder.with(element);
          }
        };
    byte[] rewritten = files.transformClass(model, transform);
    if (strikes.count() == 0) {
      throw new PlaceMissing("expected the method and what is changed in it: place=" + patch);
    }
    return rewritten;
  }
}
