/// The files that people deploy with, held to what nodes really take and serve.
@NullMarked
package io.vxmeta.deploy.setup;

import org.jspecify.annotations.NullMarked;
