package io.vxmeta.raft.console;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// The last things that happened, oldest first.
final class Chronicle {
  /* Threads: guarded by whoever owns it. */

  /// Each of the 65 groups may change its leader once without pushing out the change before.
  static final int EVENTS_MAX = 130;

  private final Deque<Event> events = new ArrayDeque<>();
  private long next = 1;

  /// What an event is about.
  enum Kind {
    LEADER,
    NO_LEADER,
    LINE,
    MAP,
    SNAPSHOT,
    READINESS
  }

  /// One thing that this node saw.
  ///
  /// @param number one more than that of the event before
  record Event(long number, long atMs, Kind kind, String text) {}

  void note(long atMs, Kind kind, String text) {
    if (events.size() == EVENTS_MAX) {
      events.removeFirst();
    }
    events.addLast(new Event(next++, atMs, kind, text));
  }

  /// The number of the next event.
  long next() {
    return next;
  }

  List<Event> events() {
    return List.copyOf(events);
  }
}
