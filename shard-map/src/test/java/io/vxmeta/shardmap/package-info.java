/// Tests of the shard map: properties over seeded random inputs, and vectors that must never
/// change.
@NullMarked
package io.vxmeta.shardmap;

import org.jspecify.annotations.NullMarked;
