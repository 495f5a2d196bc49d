package org.jvmm.devices.pit;

import org.jvmm.core.device.SnapshotException;

/**
 * One counter of an 8254. It is not clocked: every method is told the number of CLK pulses so far,
 * and the counting element, OUT and the next edge follow from the pulse at which the count was
 * loaded. Names are the datasheet's: CR is the count register, CE the counting element, OL the
 * output latch; a trigger is a rising edge of GATE.
 *
 * <p>Undefined by the datasheet and chosen here: a count of 1 in modes 2 and 3 (illegal) counts as
 * 2; CE stands still from a control word to its first count; a trigger without a count does
 * nothing.
 */
public final class Counter {
  /** A pulse that does not come. */
  static final long NEVER = Long.MAX_VALUE;

  private static final int NONE = -1;

  private static final class Access {
    static final int LSB = 1, MSB = 2, BOTH = 3;
  }

  // Volatile state
  private boolean gate;

  /** Bits 5:0 of the control word: RW1:0, M2:0, BCD. */
  private int control = Access.BOTH << 4;

  private int cr;

  /** A whole count came since the control word. */
  private boolean written;

  private boolean nullCount = true;

  /** The first byte of a count of two, or NONE. */
  private int partial = NONE;

  private boolean readMsb;
  private int latchedCount = NONE;
  private int latchedStatus = NONE;

  /** The pulse that will load CE from CR. */
  private long loadAt = NEVER;

  /** CE was loaded since the control word. */
  private boolean loaded;

  /** What CE held when a control word came. */
  private int residue;

  /** The pulse that loaded CE, moved on by the pulses that did not count. */
  private long epoch;

  /** The count that was loaded: 1..65536. */
  private int period;

  /** Mode 3: in the high half of the wave. */
  private boolean highHalf;

  /** The pulse since which counting is disabled. */
  private long heldAt = NEVER;

  Counter(boolean gate) {
    this.gate = gate;
  }

  void control(int word, long now) {
    advance(now);
    residue = ce(now);
    control = word & 0x3f;
    loaded = false;
    written = false;
    nullCount = true;
    partial = NONE;
    readMsb = false;
    latchedCount = NONE;
    latchedStatus = NONE;
    loadAt = NEVER;
    heldAt = NEVER;
  }

  void write(int value, long now) {
    advance(now);
    int data = value & 0xff;
    switch (access()) {
      case Access.LSB -> count(data, now);
      case Access.MSB -> count(data << 8, now);
      default -> {
        if (partial == NONE) {
          partial = data;
        } else {
          int low = partial;
          partial = NONE;
          count(data << 8 | low, now);
        }
      }
    }
    hold(now);
  }

  private void count(int value, long now) {
    cr = value;
    written = true;
    nullCount = true;
    boolean loads =
        switch (mode()) {
          case 0, 4 -> true;
          case 2, 3 -> !loaded; // later counts wait for the end of the cycle
          default -> false; // a trigger loads
        };
    if (loads) {
      loadAt = now + 1;
    }
  }

  int read(long now) {
    advance(now);
    if (latchedStatus != NONE) {
      int status = latchedStatus;
      latchedStatus = NONE;
      return status;
    }
    int value = latchedCount != NONE ? latchedCount : ce(now);
    boolean both = access() == Access.BOTH;
    boolean msb = both ? readMsb : access() == Access.MSB;
    if (both) {
      readMsb = !readMsb;
    }
    if (!both || msb) {
      latchedCount = NONE;
    }
    return msb ? value >> 8 : value & 0xff;
  }

  /** Counter latch command; ignored while an earlier latch is unread. */
  void latchCount(long now) {
    advance(now);
    if (latchedCount == NONE) {
      latchedCount = ce(now);
    }
  }

  /** Read-back command, status half; ignored while an earlier latch is unread. */
  void latchStatus(long now) {
    advance(now);
    if (latchedStatus == NONE) {
      latchedStatus = (out(now) ? 1 << 7 : 0) | (nullCount ? 1 << 6 : 0) | control;
    }
  }

  void gate(boolean high, long now) {
    advance(now);
    boolean trigger = high && !gate;
    gate = high;
    if (trigger && written && mode() != 0 && mode() != 4) {
      loadAt = now + 1;
    }
    if (!high && mode() == 3) {
      highHalf = true; // OUT goes high at once
    }
    hold(now);
  }

  boolean gate() {
    return gate;
  }

  /** The level of OUT. */
  boolean out(long now) {
    advance(now);
    long elapsed = elapsed(now);
    return switch (mode()) {
      case 0 -> loaded && loadAt == NEVER && partial == NONE && elapsed >= period;
      case 1 -> !loaded || elapsed >= period;
      case 2 -> !loaded || heldAt != NEVER || elapsed != period - 1;
      case 3 -> !loaded || highHalf;
      default -> !loaded || elapsed != period;
    };
  }

  /** The pulse of the next rising edge of OUT if nothing is written until then, or NEVER. */
  long nextRise(long now) {
    advance(now);
    boolean loading = loadAt != NEVER;
    if (loading && mode() >= 4 && !out(now)) {
      return loadAt; // ends the strobe
    }
    if (loading ? disabled() : !loaded || heldAt != NEVER) {
      return NEVER;
    }
    long start = loading ? loadAt : epoch;
    int n = loading ? countOf(cr) : period;
    long elapsed = now - start;
    return switch (mode()) {
      case 0, 1 -> elapsed < n ? start + n : NEVER;
      case 2 -> start + n;
      case 3 -> loading || highHalf ? start + (n + 1) / 2 + countOf(cr) / 2 : start + n / 2;
      default -> elapsed <= n ? start + n + 1 : NEVER;
    };
  }

  private int mode() {
    int mode = (control >> 1) & 7;
    return mode > 5 ? mode & 3 : mode; // M2 is don't care in modes 2 and 3
  }

  private int access() {
    return control >> 4;
  }

  private boolean bcd() {
    return (control & 1) != 0;
  }

  private int modulus() {
    return bcd() ? 10_000 : 0x1_0000;
  }

  /** The count that a register value means; 0 is the largest. */
  private int countOf(int register) {
    int count =
        bcd()
            ? ((register >> 12) * 1000
                    + (register >> 8 & 15) * 100
                    + (register >> 4 & 15) * 10
                    + (register & 15))
                % 10_000
            : register;
    if (count == 1 && (mode() == 2 || mode() == 3)) {
      return 2;
    }
    return count == 0 ? modulus() : count;
  }

  private long elapsed(long now) {
    return Math.min(now, heldAt) - epoch;
  }

  private int ce(long now) {
    if (!loaded) {
      return residue;
    }
    long elapsed = elapsed(now);
    long left = mode() == 3 ? (period & ~1) - 2 * elapsed : period - elapsed;
    int value = (int) Math.floorMod(left, (long) modulus());
    return bcd()
        ? value / 1000 << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 | value % 10
        : value;
  }

  /** Whether CLK pulses do not count now. */
  private boolean disabled() {
    return switch (mode()) {
      case 0 -> !gate || partial != NONE;
      case 2, 3, 4 -> !gate;
      default -> false;
    };
  }

  private boolean periodic() {
    return mode() == 2 || mode() == 3;
  }

  /** Follows {@link #disabled()}; periodic modes go on with the load that the trigger brings. */
  private void hold(long now) {
    if (disabled()) {
      heldAt = Math.min(heldAt, now);
    } else if (heldAt != NEVER && !periodic()) {
      epoch += now - heldAt;
      heldAt = NEVER;
    }
  }

  /** Does what the pulses since the last call did. */
  private void advance(long now) {
    if (loadAt <= now) {
      epoch = loadAt;
      loadAt = NEVER;
      loaded = true;
      highHalf = true;
      heldAt = disabled() ? epoch : NEVER;
      reload();
    }
    if (!loaded || heldAt != NEVER || !periodic()) {
      return;
    }
    if (mode() == 2) {
      if (now - epoch >= period) {
        epoch += period;
        reload();
        skipWholePeriods(now);
      }
    } else if (now - epoch >= half()) {
      toggle();
      reload();
      skipWholePeriods(now);
      if (now - epoch >= half()) {
        toggle();
      }
    }
  }

  private void reload() {
    period = countOf(cr);
    nullCount = false;
  }

  private void skipWholePeriods(long now) {
    epoch += (now - epoch) / period * period;
  }

  private int half() {
    return highHalf ? (period + 1) / 2 : period / 2;
  }

  private void toggle() {
    epoch += half();
    highHalf = !highHalf;
  }

  /** The volatile state; pulses are counted from VM time 0, {@code Long.MAX_VALUE} is never. */
  public record State(
      boolean gate,
      int control,
      int cr,
      boolean written,
      boolean nullCount,
      int partial,
      boolean readMsb,
      int latchedCount,
      int latchedStatus,
      long loadAt,
      boolean loaded,
      int residue,
      long epoch,
      int period,
      boolean highHalf,
      long heldAt) {}

  State save(long now) {
    advance(now);
    return new State(
        gate,
        control,
        cr,
        written,
        nullCount,
        partial,
        readMsb,
        latchedCount,
        latchedStatus,
        loadAt,
        loaded,
        residue,
        epoch,
        period,
        highHalf,
        heldAt);
  }

  void restore(State s, long now) {
    boolean legal =
        (s.control & ~0x3f) == 0
            && s.control >> 4 != 0
            && (s.cr & ~0xffff) == 0
            && (s.residue & ~0xffff) == 0
            && s.partial >= NONE
            && s.partial <= 0xff
            && s.latchedCount >= NONE
            && s.latchedCount <= 0xffff
            && s.latchedStatus >= NONE
            && s.latchedStatus <= 0xff
            && (s.loadAt == NEVER || s.loadAt >= 0 && s.loadAt <= now + 1)
            && s.epoch >= 0
            && s.epoch <= now
            && (s.heldAt == NEVER || s.heldAt >= s.epoch && s.heldAt <= now)
            && s.period >= (s.loaded ? 1 : 0)
            && s.period <= 0x1_0000;
    if (!legal) {
      throw new SnapshotException("8254 at pulse %d: %s".formatted(now, s));
    }
    gate = s.gate;
    control = s.control;
    cr = s.cr;
    written = s.written;
    nullCount = s.nullCount;
    partial = s.partial;
    readMsb = s.readMsb;
    latchedCount = s.latchedCount;
    latchedStatus = s.latchedStatus;
    loadAt = s.loadAt;
    loaded = s.loaded;
    residue = s.residue;
    epoch = s.epoch;
    period = s.period;
    highHalf = s.highHalf;
    heldAt = s.heldAt;
  }
}
