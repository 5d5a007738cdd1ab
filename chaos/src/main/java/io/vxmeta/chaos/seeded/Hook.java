package io.vxmeta.chaos.seeded;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.Method;
import java.util.Arrays;

/// A static method that patched code calls.
///
/// @param type what it takes and returns, with Object for every reference
/// @param result what the patched code expects back
record Hook(ClassDesc owner, String name, MethodTypeDesc type, ClassDesc result) {
  private static final ClassDesc TRIPWIRE = ClassDesc.of(Tripwire.class.getName());
  private static final ClassDesc WITNESS = ClassDesc.of(Witness.class.getName());

  /// Of a method that is told a name and returns nothing.
  private static final MethodTypeDesc TOLD =
      MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String);

  /// The hook of [Sabotage] with this name that stands in for a call of this type.
  static Hook sabotage(String name, MethodTypeDesc type) {
    MethodTypeDesc erased =
        MethodTypeDesc.of(
            erased(type.returnType()),
            type.parameterList().stream().map(Hook::erased).toArray(ClassDesc[]::new));
    if (Arrays.stream(Sabotage.class.getMethods()).noneMatch(m -> is(m, name, erased))) {
      throw new PlaceMissing(
          "expected a hook: name=" + name + " type=" + erased.descriptorString());
    }
    return new Hook(ClassDesc.of(Sabotage.class.getName()), name, erased, type.returnType());
  }

  private static boolean is(Method method, String name, MethodTypeDesc type) {
    return method.getName().equals(name)
        && java.lang.invoke.MethodType.methodType(
                method.getReturnType(), method.getParameterTypes())
            .descriptorString()
            .equals(type.descriptorString());
  }

  private static ClassDesc erased(ClassDesc type) {
    return type.isPrimitive() ? type : ConstantDescs.CD_Object;
  }

  void call(CodeBuilder builder) {
    builder.invokestatic(owner, name, type);
    if (!result.isPrimitive()) {
      builder.checkcast(result);
    }
  }

  static void tripwire(CodeBuilder builder, String point) {
    builder.loadConstant(point);
    builder.invokestatic(TRIPWIRE, "touched", TOLD);
  }

  static void witness(CodeBuilder builder, String place) {
    builder.loadConstant(place);
    builder.invokestatic(WITNESS, "ran", TOLD);
  }
}
