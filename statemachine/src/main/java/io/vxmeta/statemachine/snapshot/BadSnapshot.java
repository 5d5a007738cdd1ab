package io.vxmeta.statemachine.snapshot;

import java.nio.file.Path;

/// A snapshot that was not used, and why.
///
/// @param index that its name says
/// @param directory where it is
/// @param reason in a sentence
public record BadSnapshot(long index, Path directory, String reason) {}
