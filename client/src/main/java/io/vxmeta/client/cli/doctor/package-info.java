/// What a machine must be like for a node to do well, looked at from files and one measurement.
@NullMarked
package io.vxmeta.client.cli.doctor;

import org.jspecify.annotations.NullMarked;
