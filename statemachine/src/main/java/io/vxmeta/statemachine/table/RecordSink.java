package io.vxmeta.statemachine.table;

/// Takes the records of a scan one by one.
@FunctionalInterface
public interface RecordSink {

  /// Takes one record. Buffer and view are used again for the next one: copy what must stay.
  ///
  /// @param key the table key is in its first `keyLength` bytes
  void accept(byte[] key, int keyLength, RecordView record);
}
