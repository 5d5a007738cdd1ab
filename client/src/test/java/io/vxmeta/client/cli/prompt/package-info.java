/// Tests of the prompt, with keys and screen made up.
@NullMarked
package io.vxmeta.client.cli.prompt;

import org.jspecify.annotations.NullMarked;
