/// Tests of the checks of a machine, against made-up ones.
@NullMarked
package io.vxmeta.client.cli.doctor;

import org.jspecify.annotations.NullMarked;
