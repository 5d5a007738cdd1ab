package io.vxmeta.statemachine.snapshot;

import java.io.IOException;
import java.io.OutputStream;

/// The producers of a group as they were at a cut.
public interface ProducersImage extends AutoCloseable {
  /// Writes all of them; once, from any one thread, while the apply thread goes on.
  void writeTo(OutputStream out) throws IOException;

  /// Ends the cut: the apply thread keeps nothing for it any more.
  @Override
  void close();
}
