/// Proof of what we ask the operating system, with the real one wherever it can be made to refuse.
@NullMarked
package io.vxmeta.statemachine.os;

import org.jspecify.annotations.NullMarked;
