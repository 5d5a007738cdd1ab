/// Tests of plans, schedules, records and reports.
@NullMarked
package io.vxmeta.chaos.run;

import org.jspecify.annotations.NullMarked;
