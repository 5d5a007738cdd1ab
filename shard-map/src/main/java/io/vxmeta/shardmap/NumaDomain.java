package io.vxmeta.shardmap;

/// One NUMA node of a machine: its CPUs and its memory; 0 on a machine that has only one.
public record NumaDomain(int value) {

  public static final NumaDomain FIRST = new NumaDomain(0);

  public NumaDomain {
    if (value < 0) {
      throw new IllegalArgumentException("a NUMA domain is not negative: domain=" + value);
    }
  }
}
