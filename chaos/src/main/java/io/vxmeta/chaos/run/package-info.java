/// A chaos run: its plan, the schedule of its faults, its timeline and its report.
@NullMarked
package io.vxmeta.chaos.run;

import org.jspecify.annotations.NullMarked;
