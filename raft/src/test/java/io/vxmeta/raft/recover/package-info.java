@NullMarked
package io.vxmeta.raft.recover;

import org.jspecify.annotations.NullMarked;
