package io.vxmeta.chaos.seeded;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reaches into objects of the process under test, whose classes the harness does not compile
/// against.
final class Inside {
  /* Only what Member declares can be reached. Found anew each time: what calls this is broken on purpose and need not be fast. */

  private Inside() {}

  /// Calls a method, private ones included; what it throws comes out unchanged.
  ///
  /// @param target null for a static one
  static @Nullable Object call(
      Member method, @Nullable Object target, @Nullable Object... arguments) {
    try {
      return method(method.type(), method.declaration()).invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw sneaky(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot call a method: member=" + method, e);
    }
  }

  static long number(Member method, @Nullable Object target, @Nullable Object... arguments) {
    return ((Number) value(call(method, target, arguments))).longValue();
  }

  static boolean truth(Member method, @Nullable Object target, @Nullable Object... arguments) {
    return (Boolean) value(call(method, target, arguments));
  }

  /// The value of a field.
  static Object field(Member field, Object target) {
    return read(field, target);
  }

  /// The value of a static field.
  static Object constant(Member field) {
    return read(field, null);
  }

  private static Object read(Member field, @Nullable Object target) {
    try {
      return value(field(field.type(), field.declaration()).get(target));
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot read a field: member=" + field, e);
    }
  }

  static void setField(Member field, Object target, Object to) {
    try {
      field(field.type(), field.declaration()).set(target, to);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot set a field: member=" + field, e);
    }
  }

  static Object value(@Nullable Object found) {
    if (found == null) {
      throw new IllegalStateException("expected a value, found null");
    }
    return found;
  }

  /// Looks it up and forgets the result: throws [PlaceMissing] when the code under test has no such
  /// member.
  static void rehearse(Member member) {
    AccessibleObject _ =
        member.isMethod()
            ? method(member.type(), member.declaration())
            : field(member.type(), member.declaration());
  }

  static Method method(String type, String declaration) {
    return declared(type, declaration, Class::getDeclaredMethods, Inside::declaration);
  }

  static Field field(String type, String declaration) {
    return declared(
        type,
        declaration,
        Class::getDeclaredFields,
        field -> field.getType().getSimpleName() + " " + field.getName());
  }

  private static <M extends AccessibleObject> M declared(
      String type,
      String declaration,
      Function<Class<?>, M[]> members,
      Function<M, String> declarationOf) {
    List<M> all = Arrays.asList(members.apply(type(type)));
    M found =
        all.stream()
            .filter(member -> declarationOf.apply(member).equals(declaration))
            .findFirst()
            .orElseThrow(() ->
                new PlaceMissing(
                    "expected a member: class=%s declaration=%s there_are=%s"
                        .formatted(
                            type, declaration, all.stream().map(declarationOf).sorted().toList())));
    found.setAccessible(true);
    return found;
  }

  private static String declaration(Method method) {
    return Arrays.stream(method.getParameterTypes())
        .map(Class::getSimpleName)
        .collect(
            Collectors.joining(
                ", ", method.getReturnType().getSimpleName() + " " + method.getName() + "(", ")"));
  }

  /// Not initialized: a look does no more than load it.
  private static Class<?> type(String name) {
    try {
      return Class.forName(name, false, Inside.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new PlaceMissing("expected a class: name=" + name);
    }
  }

  /// Patched code throws what its callers expect, checked or not.
  @SuppressWarnings("unchecked")
  private static <T extends Throwable> RuntimeException sneaky(@Nullable Throwable problem)
      throws T {
    throw (T) value(problem);
  }
}
