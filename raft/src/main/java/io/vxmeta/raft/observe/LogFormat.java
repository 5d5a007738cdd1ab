package io.vxmeta.raft.observe;

/// How a node writes an event of its log.
public enum LogFormat {
  /// A line for people; a stack trace follows on lines of its own.
  TEXT,
  /// One line that is a JSON object, whatever the event holds.
  JSON
}
