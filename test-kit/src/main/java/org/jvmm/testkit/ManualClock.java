package org.jvmm.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jvmm.core.time.VmClock;
import org.jvmm.core.time.VmTimer;

/**
 * VM time that only the test moves. Timers expire inside {@link #advance}, in the order of their
 * deadlines, each at exactly its deadline. Not thread-safe.
 */
public final class ManualClock implements VmClock {
  /** More expiries than this in one advance are a timer that re-arms itself without end. */
  private static final int MAX_EXPIRIES = 1_000_000;

  private final List<Timer> armed = new ArrayList<>();
  private long now;

  @Override
  public long nanos() {
    return now;
  }

  /**
   * Lets time go on and expires what is due.
   *
   * @param nanos 0 or more; 0 expires timers whose deadline has been reached already
   */
  public void advance(long nanos) {
    long end = now + nanos;
    int expiries = 0;
    for (Timer due = firstUntil(end); due != null; due = firstUntil(end)) {
      if (++expiries > MAX_EXPIRIES) {
        throw new AssertionError("more than %d expiries until %d ns".formatted(MAX_EXPIRIES, end));
      }
      now = Math.max(now, due.deadline);
      due.expire();
    }
    now = end;
  }

  /** The earliest deadline of all timers, or {@link VmTimer#NEVER}. */
  public long nextDeadline() {
    return armed.stream().mapToLong(Timer::deadline).min().orElse(VmTimer.NEVER);
  }

  @Override
  public VmTimer timer(Object owner, Runnable expiry) {
    return new Timer(owner, expiry);
  }

  private Timer firstUntil(long end) {
    return armed.stream()
        .filter(timer -> timer.deadline <= end)
        .min(Comparator.comparingLong(Timer::deadline))
        .orElse(null);
  }

  private final class Timer implements VmTimer {
    private final Object owner;
    private final Runnable expiry;
    private long deadline = NEVER;

    Timer(Object owner, Runnable expiry) {
      this.owner = owner;
      this.expiry = expiry;
    }

    @Override
    public void arm(long nanos) {
      cancel();
      deadline = nanos;
      armed.add(this);
    }

    @Override
    public void cancel() {
      deadline = NEVER;
      armed.remove(this);
    }

    @Override
    public long deadline() {
      return deadline;
    }

    void expire() {
      cancel();
      synchronized (owner) {
        expiry.run();
      }
    }
  }
}
