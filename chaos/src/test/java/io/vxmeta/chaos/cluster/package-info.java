/// How nodes refuse to start, seen from outside.
@NullMarked
package io.vxmeta.chaos.cluster;

import org.jspecify.annotations.NullMarked;
