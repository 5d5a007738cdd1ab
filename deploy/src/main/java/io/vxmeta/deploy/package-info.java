/// What only the assembled system has: nodes inside the harness.
@NullMarked
package io.vxmeta.deploy;

import org.jspecify.annotations.NullMarked;
