/// Tests of vxctl, run in this process against scripted servers.
@NullMarked
package io.vxmeta.client.cli;

import org.jspecify.annotations.NullMarked;
