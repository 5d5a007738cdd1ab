package io.vxmeta.chaos.seeded;

import java.lang.classfile.instruction.InvokeInstruction;

/// Which calls inside a method are meant.
///
/// @param owner simple name of the class the call names, the outer one included:
///   `Producers$Admission`
/// @param turn 1 for the first such call; 0 for all of them
record CallName(String owner, String name, int turn) {
  static CallName parse(String text) {
    int hash = text.indexOf('#');
    String call = hash < 0 ? text : text.substring(0, hash);
    int dot = call.lastIndexOf('.');
    return new CallName(
        call.substring(0, dot),
        call.substring(dot + 1),
        hash < 0 ? 0 : Integer.parseInt(text.substring(hash + 1)));
  }

  boolean names(InvokeInstruction invoke) {
    String full = invoke.owner().asInternalName();
    return invoke.name().stringValue().equals(name)
        && full.substring(full.lastIndexOf('/') + 1).equals(owner);
  }

  boolean isTurn(int count) {
    return turn == 0 || turn == count;
  }
}
