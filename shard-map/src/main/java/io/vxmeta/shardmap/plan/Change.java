package io.vxmeta.shardmap.plan;

/// A group's replica leaves one node for another; either may be [Draft#NONE]. `living` voters the
/// group had at first; `order` is that of the decision.
record Change(int group, int add, int remove, Cause cause, int living, int order) {}
