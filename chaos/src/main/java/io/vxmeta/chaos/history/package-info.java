/// Recorded histories: what clients asked and what they were told, and the files they are kept in.
@NullMarked
package io.vxmeta.chaos.history;

import org.jspecify.annotations.NullMarked;
