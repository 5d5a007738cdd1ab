/// Plans of the rebalancer: from a placement and measured facts, the moves that mend and even it.
@NullMarked
package io.vxmeta.shardmap.plan;

import org.jspecify.annotations.NullMarked;
