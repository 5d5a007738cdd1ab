/// What is done in chaos runs, and that its judges convict.
@NullMarked
package io.vxmeta.chaos.workload;

import org.jspecify.annotations.NullMarked;
