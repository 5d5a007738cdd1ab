/// A short life of a cluster, played for a JVM that records what it loads and compiles.
@NullMarked
package io.vxmeta.chaos.rehearsal;

import org.jspecify.annotations.NullMarked;
