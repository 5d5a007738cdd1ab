/// Chaos runs as JUnit tests of five lines.
@NullMarked
package io.vxmeta.chaos.junit;

import org.jspecify.annotations.NullMarked;
