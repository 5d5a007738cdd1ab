/// The memory-mapped hash map of one shard: one writer, lock-free readers, no compaction and no
/// rehash.
@NullMarked
package io.vxmeta.statemachine.table;

import org.jspecify.annotations.NullMarked;
