/// The protocol of a shard's move as a model, and a checker that goes through all of its states.
@NullMarked
package io.vxmeta.shardmap.move;

import org.jspecify.annotations.NullMarked;
