package org.jvmm.devices.lapic;

import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.time.VmClock;
import org.jvmm.core.time.VmTimer;

/**
 * The local APIC's timer (SDM vol. 3 section 11.5.4). Its bus clock is 1 GHz: one tick before the
 * divider is one nanosecond of VM time. Counts are computed from the clock; the host's timer is
 * armed only while an interrupt can come of it.
 *
 * <p>A late host gets one interrupt for all periods it missed, and periods shorter than {@link
 * #MIN_PERIOD_NANOS} are merged in the same way; the phase is kept. IRR holds one anyway.
 *
 * <p>Guarded by the local APIC's lock, which is the owner of the clock's timer.
 */
public final class ApicTimer {
  static final int ONE_SHOT = 0, PERIODIC = 1, TSC_DEADLINE = 2;

  /** Interrupts come no closer than this: it bounds the load on the host. */
  static final long MIN_PERIOD_NANOS = 20_000;

  // Glue
  private final VmClock clock;
  private final Tsc tsc;
  private final Runnable interrupt;
  private final VmTimer timer;
  private long lastInterrupt = Long.MIN_VALUE;

  // Volatile state
  private int mode;
  private boolean masked = true;
  private int divide;

  /** Unsigned 32 bits. */
  private long initial;

  /** The count is not zero. */
  private boolean running;

  /** VM time at which the count was the initial count. */
  private long start;

  private long tscDeadline;

  /** VM time of the next interrupt, or NEVER. */
  private long due = VmTimer.NEVER;

  ApicTimer(VmClock clock, Object lock, Tsc tsc, Runnable interrupt) {
    this.clock = clock;
    this.tsc = tsc;
    this.interrupt = interrupt;
    this.timer = clock.timer(lock, this::settle);
  }

  void reset() {
    mode = ONE_SHOT;
    masked = true;
    divide = 0;
    initial = 0;
    running = false;
    tscDeadline = 0;
    lastInterrupt = Long.MIN_VALUE;
    schedule(clock.nanos());
  }

  /** Follows the LVT entry. Entering or leaving TSC-deadline mode disarms; reserved is one-shot. */
  void configure(int requestedMode, boolean isMasked) {
    long now = settle();
    int next = requestedMode > TSC_DEADLINE ? ONE_SHOT : requestedMode;
    if (next != mode && (next == TSC_DEADLINE || mode == TSC_DEADLINE)) {
      running = false;
      initial = 0;
      tscDeadline = 0;
    } else if (next == ONE_SHOT && mode == PERIODIC && running) {
      start = now - ((initial - count(now)) << shift());
    }
    mode = next;
    masked = isMasked;
    schedule(now);
  }

  int divide() {
    return divide;
  }

  /** The count goes on at the new rate. */
  void divide(int value) {
    long now = settle();
    long done = initial - count(now);
    divide = value & 0b1011;
    start = now - (done << shift());
    schedule(now);
  }

  int initialCount() {
    return (int) initial;
  }

  void initialCount(int value) {
    if (mode == TSC_DEADLINE) {
      return;
    }
    start = settle();
    initial = value & 0xffff_ffffL;
    running = initial != 0;
    schedule(start);
  }

  int currentCount() {
    long now = settle();
    return (int) count(now);
  }

  long tscDeadline() {
    settle();
    return tscDeadline;
  }

  void tscDeadline(long value) {
    if (mode != TSC_DEADLINE) {
      return;
    }
    long now = settle();
    tscDeadline = value;
    schedule(now);
    settle(); // a deadline that has passed interrupts at once
  }

  /** Bits 3, 1 and 0 of the divide configuration: 0 is 2, 6 is 128, 7 is 1. */
  private int shift() {
    return ((divide >> 1 & 4 | divide & 3) + 1) & 7;
  }

  private long count(long now) {
    if (!running) {
      return 0;
    }
    long ticks = (now - start) >> shift();
    return mode == PERIODIC ? initial - ticks % initial : Math.max(0, initial - ticks);
  }

  /** Until the TSC deadline; unsigned. */
  private long ticksLeft() {
    long value = tsc.value();
    return Long.compareUnsigned(value, tscDeadline) >= 0 ? 0 : tscDeadline - value;
  }

  /**
   * Does what time has brought, and returns the time. The time-stamp counter moves on between two
   * looks at it: a deadline that has passed is disarmed and interrupts by one and the same look.
   */
  private long settle() {
    long now = clock.nanos();
    boolean reached = due <= now;
    switch (mode) {
      case TSC_DEADLINE -> {
        boolean passed = tscDeadline != 0 && ticksLeft() == 0;
        reached = passed && !masked;
        tscDeadline = passed ? 0 : tscDeadline;
      }
      case ONE_SHOT -> running &= count(now) != 0;
      default -> {}
    }
    if (reached || due <= now) {
      lastInterrupt = reached ? now : lastInterrupt;
      schedule(now);
    }
    if (reached) {
      interrupt.run();
    }
    return now;
  }

  private void schedule(long now) {
    due = masked ? VmTimer.NEVER : next(now);
    if (due == VmTimer.NEVER) {
      timer.cancel();
    } else {
      boolean spaced = mode == PERIODIC && lastInterrupt != Long.MIN_VALUE;
      timer.arm(spaced ? Math.max(due, lastInterrupt + MIN_PERIOD_NANOS) : due);
    }
  }

  private long next(long now) {
    if (mode == TSC_DEADLINE) {
      return tscDeadline == 0 ? VmTimer.NEVER : deadlineNanos(now);
    }
    if (!running) {
      return VmTimer.NEVER;
    }
    long period = initial << shift();
    return mode == ONE_SHOT ? start + period : start + ((now - start) / period + 1) * period;
  }

  private long deadlineNanos(long now) {
    long left = tsc.nanosFor(ticksLeft());
    return left >= VmTimer.NEVER - now ? VmTimer.NEVER : now + left;
  }

  /** The volatile state; times are VM time in nanoseconds. */
  public record State(
      int mode,
      boolean masked,
      int divide,
      int initial,
      boolean running,
      long start,
      long tscDeadline,
      long due) {}

  State save() {
    return new State(mode, masked, divide, (int) initial, running, start, tscDeadline, due);
  }

  void check(State s) {
    boolean legal =
        s.mode >= ONE_SHOT
            && s.mode <= TSC_DEADLINE
            && (s.divide & ~0b1011) == 0
            && !(s.running && s.initial == 0)
            && s.start <= clock.nanos()
            && s.start >= -(1L << 40)
            && s.due >= 0;
    if (!legal) {
      throw new SnapshotException("local APIC at %d ns: %s".formatted(clock.nanos(), s));
    }
  }

  void restore(State s) {
    mode = s.mode;
    masked = s.masked;
    divide = s.divide;
    initial = s.initial & 0xffff_ffffL;
    running = s.running;
    start = s.start;
    tscDeadline = s.tscDeadline;
    due = s.due;
    lastInterrupt = Long.MIN_VALUE;
    if (due == VmTimer.NEVER) {
      timer.cancel();
    } else {
      timer.arm(due);
    }
  }
}
