/// Tests that look at the whole repository: its arrows, its text, and the reports of its other
/// tests.
@NullMarked
package io.vxmeta.deploy;

import org.jspecify.annotations.NullMarked;
