/// The demonstration: real records, a killed leader, and the proof that nothing was lost or stale.
@NullMarked
package io.vxmeta.chaos.demo;

import org.jspecify.annotations.NullMarked;
