/// Bugs and fail points that a JVM agent writes into a process under test, never part of a build.
@NullMarked
package io.vxmeta.chaos.seeded;

import org.jspecify.annotations.NullMarked;
