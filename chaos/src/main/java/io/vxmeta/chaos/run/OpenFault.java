package io.vxmeta.chaos.run;

import io.vxmeta.chaos.nemesis.Fault;
import io.vxmeta.chaos.nemesis.Injury;

/// A fault in force, and since when by [System#nanoTime].
record OpenFault(Fault fault, Injury injury, long since) {}
