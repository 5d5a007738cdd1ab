/// What the bill of materials must name.
@NullMarked
package io.vxmeta.deploy.dist;

import org.jspecify.annotations.NullMarked;
