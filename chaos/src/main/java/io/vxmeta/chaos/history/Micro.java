package io.vxmeta.chaos.history;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// One step of a transaction: a read or a write of one key.
///
/// Keys and values are [Long], [java.math.BigInteger] beyond it, [Double], [Boolean] or [String],
/// and compare by `equals`.
public sealed interface Micro {
  Object key();

  /// Adds `element` at the end of the list under `key`: `["append",k,v]`.
  record Append(Object key, Object element) implements Micro {}

  /// Sets the register under `key`: `["w",k,v]`.
  record Write(Object key, Object value) implements Micro {}

  /// Answered with a whole list: `["r",k,[..]]`.
  record ReadList(Object key, List<Object> elements) implements Micro {
    public ReadList {
      elements = List.copyOf(elements);
    }
  }

  /// Answered with one value: `["r",k,v]`.
  record ReadValue(Object key, Object value) implements Micro {}

  /// `["r",k,null]`: in an ok operation the initial state, in every other one a read not answered.
  record ReadNull(Object key) implements Micro {}

  /// A step that only the checkers of single keys understand.
  sealed interface SingleKey extends Micro {}

  /// Sets the register if it holds `expected`, which is empty for the initial state:
  /// `["cas",k,[old,new]]`.
  record CompareAndSet(Object key, Optional<Object> expected, Object value) implements SingleKey {}

  /// Adds to a counter, or an element to a set: `["add",k,n]`; answered with a counter's new number
  /// `["add",k,[n,number]]`.
  record Add(Object key, long amount, OptionalLong number) implements SingleKey {}
}
