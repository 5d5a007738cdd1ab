/// Traces of reads and writes for OpenTelemetry: the only room of the server that sees that
/// library.
@NullMarked
package io.vxmeta.raft.trace;

import org.jspecify.annotations.NullMarked;
