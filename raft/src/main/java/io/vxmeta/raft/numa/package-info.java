/// Where in its machine a node's groups live: NUMA domains as the kernel tells of them, a home for
/// each group, and threads that stay there.
@NullMarked
package io.vxmeta.raft.numa;

import org.jspecify.annotations.NullMarked;
