package io.vxmeta.chaos.seeded;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/// A way to change a method's code.
///
/// Each edit reports every place it changed to [Strikes]; one that changes nothing is an error of
/// whoever named the place.
@FunctionalInterface
interface Edit {
  /* Hooks are public static methods of `Sabotage`, `Tripwire` or `Witness` that take and return Object for every reference, so
   * that a patched class names nothing but them; results are cast back where they are used. */

  MethodTransform of(MethodModel method, Strikes strikes);

  /// The method does nothing else than return this.
  static Edit answers(ConstantDesc constant) {
    return body((builder, method) -> {
      builder.loadConstant(constant);
      builder.return_(TypeKind.from(method.methodTypeSymbol().returnType()));
    });
  }

  /// The method returns at once; it has no result.
  static Edit doesNothing() {
    return body((builder, _) -> builder.return_());
  }

  /// The method hands everything it was given, `this` first, to a hook of [Sabotage].
  static Edit becomes(String hook) {
    return body((builder, method) -> {
      loadArguments(builder, method);
      MethodTypeDesc own = withReceiver(method);
      Hook.sabotage(hook, own).call(builder);
      builder.return_(TypeKind.from(own.returnType()));
    });
  }

  /// The method first hands everything it was given to a hook.
  static Edit begins(String hook) {
    return code((method, strikes) ->
        new CodeTransform() {
          @Override
          public void atStart(CodeBuilder builder) {
            strikes.add(builder);
            loadArguments(builder, method);
            Hook.sabotage(hook, withReceiver(method).changeReturnType(ConstantDescs.CD_void))
                .call(builder);
          }

          @Override
          public void accept(CodeBuilder builder, CodeElement element) {
            builder.with(element);
          }
        });
  }

  /// A call is not made; what it would have returned is 0, false or null.
  static Edit skips(String call) {
    return calls(
        call,
        (builder, invoke) -> {
          drop(builder, invoke);
          TypeKind kind = TypeKind.from(invoke.typeSymbol().returnType());
          if (kind != TypeKind.VOID) {
            builder.loadConstant(zero(kind));
          }
        });
  }

  /// A call is not made; this is taken for its result.
  static Edit pretends(String call, ConstantDesc result) {
    return calls(
        call,
        (builder, invoke) -> {
          drop(builder, invoke);
          builder.loadConstant(result);
        });
  }

  /// A hook is called instead, with the receiver as its first argument.
  static Edit redirects(String call, String hook) {
    return calls(call, (builder, invoke) -> Hook.sabotage(hook, full(invoke)).call(builder));
  }

  /// Another method of the same class and type is called instead.
  static Edit calls(String call, String other) {
    return calls(
        call,
        (builder, invoke) ->
            builder.invoke(
                invoke.opcode(),
                invoke.owner().asSymbol(),
                other,
                invoke.typeSymbol(),
                invoke.isInterface()));
  }

  /// A number is added to what a call returns, a long.
  static Edit adds(String call, long number) {
    return calls(
        call,
        (builder, invoke) -> {
          builder.with(invoke);
          builder.loadConstant(number);
          builder.ladd();
        });
  }

  /// One constant instead of another.
  static Edit swaps(ConstantDesc from, ConstantDesc to) {
    return code((_, strikes) ->
        (builder, element) -> {
          if (element instanceof ConstantInstruction constant
              && constant.constantValue().equals(from)) {
            strikes.add(builder);
            builder.loadConstant(to);
          } else {
            builder.with(element);
          }
        });
  }

  /// A fail point where the method begins.
  static Edit failsFirst(String point) {
    return code((_, strikes) ->
        new CodeTransform() {
          @Override
          public void atStart(CodeBuilder builder) {
            strikes.add(builder);
            Hook.tripwire(builder, point);
          }

          @Override
          public void accept(CodeBuilder builder, CodeElement element) {
            builder.with(element);
          }
        });
  }

  /// A fail point wherever the method returns.
  static Edit failsLast(String point) {
    return code((_, strikes) ->
        (builder, element) -> {
          if (element instanceof ReturnInstruction) {
            strikes.add(builder);
            Hook.tripwire(builder, point);
          }
          builder.with(element);
        });
  }

  /// A fail point just before a call is made; what it needs is on the stack already.
  static Edit failsBefore(String call, String point) {
    return calls(
        call,
        (builder, invoke) -> {
          Hook.tripwire(builder, point);
          builder.with(invoke);
        });
  }

  /// A fail point just after a call has returned.
  static Edit failsAfter(String call, String point) {
    return calls(
        call,
        (builder, invoke) -> {
          builder.with(invoke);
          Hook.tripwire(builder, point);
        });
  }

  /// What becomes of one call.
  @FunctionalInterface
  interface CallEdit {
    void rewrite(CodeBuilder builder, InvokeInstruction invoke);
  }

  /// What becomes of a whole method.
  @FunctionalInterface
  interface BodyEdit {
    void write(CodeBuilder builder, MethodModel method);
  }

  /// What becomes of the instructions of one method.
  @FunctionalInterface
  interface CodeEdit {
    CodeTransform of(MethodModel method, Strikes strikes);
  }

  /// `Owner.name` of the call, the owner by its simple name; `Owner.name#2` is the second of them.
  private static Edit calls(String call, CallEdit edit) {
    return code((_, strikes) -> {
      CallName wanted = CallName.parse(call);
      int[] seen = new int[1];
      return (builder, element) -> {
        if (element instanceof InvokeInstruction invoke
            && wanted.names(invoke)
            && wanted.isTurn(++seen[0])) {
          strikes.add(builder);
          edit.rewrite(builder, invoke);
        } else {
          builder.with(element);
        }
      };
    });
  }

  private static Edit code(CodeEdit edit) {
    return (method, strikes) ->
        MethodTransform.transformingCode(CodeTransform.ofStateful(() -> edit.of(method, strikes)));
  }

  private static Edit body(BodyEdit edit) {
    return (method, strikes) ->
        (builder, element) -> {
          if (element instanceof CodeModel) {
            builder.withCode(code -> {
              strikes.add(code);
              edit.write(code, method);
            });
          } else {
            builder.with(element);
          }
        };
  }

  private static void loadArguments(CodeBuilder builder, MethodModel method) {
    int slot = 0;
    for (ClassDesc type : withReceiver(method).parameterList()) {
      TypeKind kind = TypeKind.from(type);
      builder.loadLocal(kind, slot);
      slot += kind.slotSize();
    }
  }

  private static MethodTypeDesc withReceiver(MethodModel method) {
    MethodTypeDesc type = method.methodTypeSymbol();
    boolean isStatic = method.flags().has(java.lang.reflect.AccessFlag.STATIC);
    return isStatic ? type : type.insertParameterTypes(0, ConstantDescs.CD_Object);
  }

  private static MethodTypeDesc full(InvokeInstruction invoke) {
    MethodTypeDesc type = invoke.typeSymbol();
    return invoke.opcode() == Opcode.INVOKESTATIC
        ? type
        : type.insertParameterTypes(0, ConstantDescs.CD_Object);
  }

  private static void drop(CodeBuilder builder, InvokeInstruction invoke) {
    List<ClassDesc> types = new ArrayList<>(full(invoke).parameterList());
    for (ClassDesc type : types.reversed()) {
      if (TypeKind.from(type).slotSize() == 2) {
        builder.pop2();
      } else {
        builder.pop();
      }
    }
  }

  private static ConstantDesc zero(TypeKind kind) {
    return switch (kind) {
      case LONG -> 0L;
      case FLOAT -> 0f;
      case DOUBLE -> 0d;
      case REFERENCE -> ConstantDescs.NULL;
      default -> 0;
    };
  }
}
