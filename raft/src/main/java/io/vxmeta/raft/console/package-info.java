/// The console: a read-only web page that shows the cluster as one node knows it, live, and the
/// JSON behind it.
@NullMarked
package io.vxmeta.raft.console;

import org.jspecify.annotations.NullMarked;
