/// Tests of the history files.
@NullMarked
package io.vxmeta.chaos.history;

import org.jspecify.annotations.NullMarked;
