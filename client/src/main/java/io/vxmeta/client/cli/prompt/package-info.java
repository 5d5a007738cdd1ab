/// A line that people type at a terminal: edited, completed, remembered. The only room that sees
/// JLine.
@NullMarked
package io.vxmeta.client.cli.prompt;

import org.jspecify.annotations.NullMarked;
