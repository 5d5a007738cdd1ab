/// The cluster that stays up while somebody develops against it.
@NullMarked
package io.vxmeta.chaos.dev;

import org.jspecify.annotations.NullMarked;
