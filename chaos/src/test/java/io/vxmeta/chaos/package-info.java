/// Clusters of real processes, broken in every way the harness knows, and what they must still
/// promise.
@NullMarked
package io.vxmeta.chaos;

import org.jspecify.annotations.NullMarked;
