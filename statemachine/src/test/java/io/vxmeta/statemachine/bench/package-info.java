/// `./vx bench store` and `./vx bench memory`: the table beside what a Java team would take
/// instead, and the places its memory can lie in.
@NullMarked
package io.vxmeta.statemachine.bench;

import org.jspecify.annotations.NullMarked;
