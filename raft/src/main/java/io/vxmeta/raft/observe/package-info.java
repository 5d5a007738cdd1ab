/// What can be seen from outside: the log, metrics in Prometheus' format, liveness and readiness
/// over HTTP.
@NullMarked
package io.vxmeta.raft.observe;

import org.jspecify.annotations.NullMarked;
