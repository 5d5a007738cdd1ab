/// Decides what isolation a history of transactions shows, by cycles among the dependencies its
/// answers prove.
@NullMarked
package io.vxmeta.chaos.check.txn;

import org.jspecify.annotations.NullMarked;
