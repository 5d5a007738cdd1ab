/// Measurements that need the server's own parts.
@NullMarked
package io.vxmeta.deploy.bench;

import org.jspecify.annotations.NullMarked;
