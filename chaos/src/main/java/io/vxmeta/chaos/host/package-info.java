/// This machine: what it has, programs run on it, and what must be undone there.
@NullMarked
package io.vxmeta.chaos.host;

import org.jspecify.annotations.NullMarked;
