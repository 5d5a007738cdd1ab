/// Tests of the demonstration's parts.
@NullMarked
package io.vxmeta.chaos.demo;

import org.jspecify.annotations.NullMarked;
