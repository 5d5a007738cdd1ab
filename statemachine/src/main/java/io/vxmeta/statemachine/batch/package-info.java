/// The byte format of one Raft log entry: many client transactions behind one header, written once
/// and read in place.
@NullMarked
package io.vxmeta.statemachine.batch;

import org.jspecify.annotations.NullMarked;
