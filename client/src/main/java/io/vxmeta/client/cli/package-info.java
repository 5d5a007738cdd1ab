/// vxctl, the command line client: one class a command, data on stdout, everything else on stderr.
@NullMarked
package io.vxmeta.client.cli;

import org.jspecify.annotations.NullMarked;
