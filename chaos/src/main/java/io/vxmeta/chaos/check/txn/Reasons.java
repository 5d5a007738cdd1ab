package io.vxmeta.chaos.check.txn;

/// Says in words why one transaction comes before another.
interface Reasons {
  /// `label` is one bit of [Label] that the edge from `a` to `b` carries.
  String why(int a, int b, int label);
}
