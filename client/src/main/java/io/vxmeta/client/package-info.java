/// The Java client: reads, exactly-once writes, bulk writing, scans and administration of a vx-meta
/// cluster.
@NullMarked
package io.vxmeta.client;

import org.jspecify.annotations.NullMarked;
