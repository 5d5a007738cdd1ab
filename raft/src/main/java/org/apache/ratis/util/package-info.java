/// The one class of Ratis that is replaced by ours, see its own text.
@NullMarked
package org.apache.ratis.util;

import org.jspecify.annotations.NullMarked;
