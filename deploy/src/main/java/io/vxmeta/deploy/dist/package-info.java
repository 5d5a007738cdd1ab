/// What the distribution is made with: its bill of materials.
@NullMarked
package io.vxmeta.deploy.dist;

import org.jspecify.annotations.NullMarked;
