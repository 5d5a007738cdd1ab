package io.vxmeta.statemachine.table;

import java.nio.file.Path;

/// A file that holds the bytes of one segment as of some cut. The whole file counts.
public record SegmentImage(SegmentName name, Path file) {}
