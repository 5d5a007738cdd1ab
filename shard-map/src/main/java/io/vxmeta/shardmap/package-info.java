/// Pure arithmetic from key to shard to shard group to replica, versioned by epoch; no I/O, no
/// clock.
@NullMarked
package io.vxmeta.shardmap;

import org.jspecify.annotations.NullMarked;
