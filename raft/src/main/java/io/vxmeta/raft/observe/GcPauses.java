package io.vxmeta.raft.observe;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/// The longest garbage-collection pause of the last minute or two.
final class GcPauses implements NotificationListener {
  /* Two windows of a minute each: the longest of this one and the last. So a pause is visible for one to two minutes,
   * whatever the scrape interval.
   */
  private static final long WINDOW_NANOS = 60_000_000_000L;

  private final LongSupplier nanoClock;
  private final AtomicLong current = new AtomicLong();
  private volatile long previous;
  private volatile long windowStart;

  GcPauses(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.windowStart = nanoClock.getAsLong();
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      if (collector instanceof NotificationEmitter emitter) {
        emitter.addNotificationListener(this, null, null);
      }
    }
  }

  @Override
  public void handleNotification(Notification notification, Object handback) {
    if (!GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION.equals(
        notification.getType())) {
      return;
    }
    GarbageCollectionNotificationInfo info =
        GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData());
    if (!info.getGcCause().equals("No GC") && !info.getGcName().contains("Cycles")) {
      onPause(info.getGcInfo().getDuration());
    }
  }

  void onPause(long milliseconds) {
    turnWindow();
    current.accumulateAndGet(milliseconds, Math::max);
  }

  double longestMs() {
    turnWindow();
    return Math.max(previous, current.get());
  }

  private synchronized void turnWindow() {
    long now = nanoClock.getAsLong();
    long elapsed = now - windowStart;
    if (elapsed >= WINDOW_NANOS) {
      previous = elapsed >= 2 * WINDOW_NANOS ? 0 : current.get();
      current.set(0);
      windowStart = now;
    }
  }
}
