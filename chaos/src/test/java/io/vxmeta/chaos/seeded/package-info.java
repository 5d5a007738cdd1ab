/// What the harness catches when it must, and where it breaks things.
@NullMarked
package io.vxmeta.chaos.seeded;

import org.jspecify.annotations.NullMarked;
