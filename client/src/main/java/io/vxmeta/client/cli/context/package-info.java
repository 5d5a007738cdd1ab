/// Where vxctl's flags come from when they are not given: the environment, and contexts in a file.
@NullMarked
package io.vxmeta.client.cli.context;

import org.jspecify.annotations.NullMarked;
