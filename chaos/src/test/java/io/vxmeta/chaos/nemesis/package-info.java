/// Every fault bites, and every mended cluster serves.
@NullMarked
package io.vxmeta.chaos.nemesis;

import org.jspecify.annotations.NullMarked;
