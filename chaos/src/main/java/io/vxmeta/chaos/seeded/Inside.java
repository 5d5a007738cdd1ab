package io.vxmeta.chaos.seeded;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reaches into objects of the process under test, whose classes the harness does not compile
/// against.
final class Inside {
  /* Found by name and number of parameters, anew each time: what calls this is broken on purpose and need not be fast. */

  private Inside() {}

  /// Calls a method of an object, private ones included; what it throws comes out unchanged.
  static @Nullable Object call(Object target, String name, @Nullable Object... arguments) {
    return invoke(target.getClass(), target, name, arguments);
  }

  /// Calls a static method of a class that is named as text.
  static @Nullable Object callStatic(String type, String name, @Nullable Object... arguments) {
    return invoke(type(type), null, name, arguments);
  }

  static long number(Object target, String name) {
    return ((Number) value(call(target, name))).longValue();
  }

  static boolean truth(Object target, String name, @Nullable Object... arguments) {
    return (Boolean) value(call(target, name, arguments));
  }

  /// The value of a field.
  static Object field(Object target, String name) {
    try {
      return value(find(target.getClass(), name).get(target));
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot read a field: name=" + name, e);
    }
  }

  static void setField(Object target, String name, Object to) {
    try {
      find(target.getClass(), name).set(target, to);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot set a field: name=" + name, e);
    }
  }

  static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new PlaceMissing("expected a class: name=" + name);
    }
  }

  static Object value(@Nullable Object found) {
    if (found == null) {
      throw new IllegalStateException("expected a value, found null");
    }
    return found;
  }

  private static @Nullable Object invoke(
      Class<?> type, @Nullable Object target, String name, @Nullable Object... arguments) {
    try {
      return method(type, name, arguments.length).invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw sneaky(e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot call a method: name=" + name, e);
    }
  }

  private static Method method(Class<?> type, String name, int parameters) {
    for (Class<?> at = type; at != null; at = at.getSuperclass()) {
      for (Method method : at.getDeclaredMethods()) {
        if (method.getName().equals(name)
            && method.getParameterCount() == parameters
            && !method.isBridge()) {
          method.setAccessible(true);
          return method;
        }
      }
    }
    return Arrays.stream(type.getMethods())
        .filter(method -> method.getName().equals(name))
        .filter(method -> method.getParameterCount() == parameters)
        .findFirst()
        .orElseThrow(
            () -> new PlaceMissing("expected a method: class=" + type.getName() + " name=" + name));
  }

  private static Field find(Class<?> type, String name) {
    for (Field field : type.getDeclaredFields()) {
      if (field.getName().equals(name)) {
        field.setAccessible(true);
        return field;
      }
    }
    throw new PlaceMissing("expected a field: class=" + type.getName() + " name=" + name);
  }

  /// The first constructor with so many parameters.
  static Object make(String type, Object... arguments) {
    try {
      for (Constructor<?> maker : type(type).getDeclaredConstructors()) {
        if (maker.getParameterCount() == arguments.length) {
          maker.setAccessible(true);
          return maker.newInstance(arguments);
        }
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make an object: class=" + type, e);
    }
    throw new PlaceMissing("expected a constructor: class=" + type);
  }

  /// Patched code throws what its callers expect, checked or not.
  @SuppressWarnings("unchecked")
  static <T extends Throwable> RuntimeException sneaky(@Nullable Throwable problem) throws T {
    throw (T) value(problem);
  }
}
