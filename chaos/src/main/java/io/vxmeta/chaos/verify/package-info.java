/// `vxctl verify`: recorded histories, and who judges them.
@NullMarked
package io.vxmeta.chaos.verify;

import org.jspecify.annotations.NullMarked;
