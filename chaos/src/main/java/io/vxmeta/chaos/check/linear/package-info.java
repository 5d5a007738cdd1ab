/// Checks of single keys: linearizability by search, by the server's revisions and by zones; sets
/// and bank totals.
@NullMarked
package io.vxmeta.chaos.check.linear;

import org.jspecify.annotations.NullMarked;
