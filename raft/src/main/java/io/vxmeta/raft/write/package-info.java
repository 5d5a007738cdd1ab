/// Puts arriving transactions into log entries: bounded, in order, as many at once as are in flight
/// allow.
@NullMarked
package io.vxmeta.raft.write;

import org.jspecify.annotations.NullMarked;
