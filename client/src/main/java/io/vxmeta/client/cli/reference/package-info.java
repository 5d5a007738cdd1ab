/// vxctl's commands written down from their own definitions: man pages, the reference in docs.
@NullMarked
package io.vxmeta.client.cli.reference;

import org.jspecify.annotations.NullMarked;
