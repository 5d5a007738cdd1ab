/// Tests of chaos runs as JUnit tests.
@NullMarked
package io.vxmeta.chaos.junit;

import org.jspecify.annotations.NullMarked;
