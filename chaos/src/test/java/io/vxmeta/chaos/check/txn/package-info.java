/// Tests of the transaction checker.
@NullMarked
package io.vxmeta.chaos.check.txn;

import org.jspecify.annotations.NullMarked;
