/// Tests of plans: a model cluster that makes their moves, seeded clusters, and named promises.
@NullMarked
package io.vxmeta.shardmap.plan;

import org.jspecify.annotations.NullMarked;
