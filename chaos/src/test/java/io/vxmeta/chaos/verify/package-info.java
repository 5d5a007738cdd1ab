/// Tests of `vxctl verify`.
@NullMarked
package io.vxmeta.chaos.verify;

import org.jspecify.annotations.NullMarked;
