@NullMarked
package io.vxmeta.raft.move;

import org.jspecify.annotations.NullMarked;
