/// Everything that asks the operating system for something: locked, pre-faulted, bound memory and
/// durable directories.
@NullMarked
package io.vxmeta.statemachine.os;

import org.jspecify.annotations.NullMarked;
