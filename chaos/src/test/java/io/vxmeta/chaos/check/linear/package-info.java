/// Tests of the single-key checks, each against a slower one.
@NullMarked
package io.vxmeta.chaos.check.linear;

import org.jspecify.annotations.NullMarked;
