package org.jvmm.devices.rtc;

import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.time.VmClock;
import org.jvmm.core.time.VmTimer;

/**
 * MC146818A real-time clock and CMOS RAM.
 *
 * <p>Time is not counted by a ticking timer: the bytes are brought up to date when somebody looks,
 * and a timer runs only up to the next event that is to interrupt. Seconds and periodic ticks hang
 * on one divider chain, so they keep their phase.
 */
public final class Mc146818 implements PortDevice, Resettable, Snapshotable<Mc146818.State> {
  /** Number of ports, index and data; accesses are one byte wide. */
  public static final int PORTS = 2;

  /** Bytes of CMOS RAM, the clock's registers included. */
  public static final int SIZE = 128;

  /** Register A: update in progress, divider, rate. */
  static final class A {
    static final int INDEX = 0x0a;
    static final int RS = 0x0f, DV_RESET = 0x60, DV_32KHZ = 0x20, UIP = 0x80;
  }

  /** Register B: control. */
  static final class B {
    static final int INDEX = 0x0b;
    static final int HOURS_24 = 1 << 1, DM = 1 << 2, SQWE = 1 << 3;
    static final int UIE = 1 << 4, AIE = 1 << 5, PIE = 1 << 6, SET = 1 << 7;
  }

  /** Register C: interrupt flags; each in the place of its enable bit in B. */
  static final class C {
    static final int INDEX = 0x0c;
    static final int UF = 1 << 4, AF = 1 << 5, PF = 1 << 6, IRQF = 1 << 7;
    static final int FLAGS = UF | AF | PF;
  }

  /** Register D: the battery is good. */
  static final class D {
    static final int INDEX = 0x0d;
    static final int VRT = 1 << 7;
  }

  private static final int VERSION = 1;
  private static final int NMI_MASK = 0x80;
  private static final long SECOND = 1_000_000_000;

  /** UIP rises 244 us before an update cycle, which takes 1,984 us with the 32.768 kHz crystal. */
  private static final long UIP_NANOS = 244_000 + 1_984_000;

  /** One tick of the crystal is 1,953,125/64 ns. */
  private static final long TICKS = 64;

  private static final long TICKS_NANOS = 1_953_125;

  // Glue
  private final IrqLine irq;
  private final VmClock clock;
  private final VmTimer timer;

  // Volatile state
  private final int[] ram = new int[SIZE];
  private int index;

  /** VM time of the last update, or of the one that SET suppressed. */
  private long updatedAt;

  /** VM time up to which the flags in register C are right. */
  private long flaggedAt;

  /** The volatile state. */
  public record State(int version, int index, List<Integer> ram, long updatedAt, long flaggedAt) {}

  /**
   * A clock with a good battery: 24 hours, BCD, 1,024 Hz rate selected, all other bytes zero.
   *
   * @param now what the clock shows, in UTC or local time as the guest expects it
   */
  public Mc146818(LocalDateTime now, IrqLine irq, VmClock clock) {
    this.irq = irq;
    this.clock = clock;
    timer = clock.timer(this, this::timerExpired);
    ram[A.INDEX] = A.DV_32KHZ | 6;
    ram[B.INDEX] = B.HOURS_24;
    ram[D.INDEX] = D.VRT;
    calendar().set(now);
    flaggedAt = clock.nanos();
    updatedAt = flaggedAt - now.getNano();
  }

  /** The RESET pin: interrupts off; time, RAM and divider go on. */
  @Override
  public synchronized void reset() {
    catchUp();
    ram[B.INDEX] &= ~(B.PIE | B.AIE | B.UIE | B.SQWE);
    ram[C.INDEX] = 0;
    index = 0;
    schedule();
    driveIrq();
  }

  // The board's side

  /**
   * Sets a byte of the RAM as set-up left it.
   *
   * @param at 0x0e..0x7f
   */
  public synchronized void store(int at, int value) {
    ram[at] = value & 0xff;
  }

  /**
   * A byte of the RAM.
   *
   * @param at 0x0e..0x7f
   */
  public synchronized int load(int at) {
    return ram[at];
  }

  /** Whether the guest masks NMI by bit 7 of the index port. */
  public synchronized boolean nmiMasked() {
    return (index & NMI_MASK) != 0;
  }

  // The guest's side

  @Override
  public int read(int offset, int size) {
    if (offset == 0) {
      return 0xff; // the index is write-only on a PC/AT
    }
    catchUp();
    return switch (index & ~NMI_MASK) {
      case A.INDEX -> ram[A.INDEX] | (updateInProgress() ? A.UIP : 0);
      case C.INDEX -> readFlags();
      default -> {
        driveIrq();
        yield ram[index & ~NMI_MASK];
      }
    };
  }

  @Override
  public void write(int offset, int size, int value) {
    if (offset == 0) {
      index = value & 0xff;
      return;
    }
    catchUp();
    int at = index & ~NMI_MASK;
    switch (at) {
      case A.INDEX -> writeA(value & (A.UIP - 1));
      case B.INDEX -> writeB(value & 0xff);
      case C.INDEX, D.INDEX -> {} // read-only
      default -> ram[at] = value & 0xff;
    }
    schedule();
    driveIrq();
  }

  private int readFlags() {
    int flags = ram[C.INDEX] | (interrupts() ? C.IRQF : 0);
    ram[C.INDEX] = 0;
    schedule();
    driveIrq();
    return flags;
  }

  private void writeA(int value) {
    boolean stood = !dividerRuns();
    ram[A.INDEX] = value;
    if (stood && dividerRuns()) {
      updatedAt = clock.nanos() - SECOND / 2; // the first update is half a second later
    }
  }

  private void writeB(int value) {
    ram[B.INDEX] = (value & B.SET) != 0 ? value & ~B.UIE : value; // SET clears UIE
  }

  // Time

  private Calendar calendar() {
    return new Calendar(ram, (ram[B.INDEX] & B.DM) != 0, (ram[B.INDEX] & B.HOURS_24) != 0);
  }

  private boolean dividerRuns() {
    return (ram[A.INDEX] & A.DV_RESET) != A.DV_RESET;
  }

  private boolean updates() {
    return dividerRuns() && (ram[B.INDEX] & B.SET) == 0;
  }

  private boolean updateInProgress() {
    return updates() && clock.nanos() - updatedAt >= SECOND - UIP_NANOS;
  }

  /** Crystal ticks of one period of the periodic interrupt; 0 is none (table 5). */
  private int period() {
    int rate = ram[A.INDEX] & A.RS;
    if (rate == 0) {
      return 0;
    }
    return rate < 3 ? 1 << (rate + 6) : 1 << (rate - 1);
  }

  /** Periods since {@link #updatedAt}, at which one began: a second is a multiple of them. */
  private long periodsAt(long nanos, int period) {
    return (nanos - updatedAt) * TICKS / TICKS_NANOS / period;
  }

  /** Brings time bytes and flags to where they are by now. */
  private void catchUp() {
    long now = clock.nanos();
    if (dividerRuns()) {
      int period = period();
      if (period != 0 && periodsAt(now, period) > periodsAt(flaggedAt, period)) {
        ram[C.INDEX] |= C.PF;
      }
      long seconds = (now - updatedAt) / SECOND;
      if (seconds > 0 && updates()) {
        update(seconds);
      }
      updatedAt += seconds * SECOND;
    }
    flaggedAt = now;
  }

  private void update(long seconds) {
    Calendar calendar = calendar();
    ram[C.INDEX] |= calendar.secondsToAlarm() <= seconds ? C.UF | C.AF : C.UF;
    calendar.advance(seconds);
  }

  // Interrupts

  private boolean interrupts() {
    return (ram[B.INDEX] & ram[C.INDEX] & C.FLAGS) != 0;
  }

  private void driveIrq() {
    irq.set(interrupts());
  }

  /** Arms the timer for the first event that is to interrupt and has not yet. */
  private void schedule() {
    long next = VmTimer.NEVER;
    int awaited = dividerRuns() ? ram[B.INDEX] & ~ram[C.INDEX] : 0;
    int period = period();
    if ((awaited & C.PF) != 0 && period != 0) {
      long ticks = (periodsAt(flaggedAt, period) + 1) * period;
      next = updatedAt + (ticks * TICKS_NANOS + TICKS - 1) / TICKS;
    }
    if ((awaited & C.UF) != 0 && updates()) {
      next = Math.min(next, updatedAt + SECOND);
    }
    if ((awaited & C.AF) != 0 && updates()) {
      int seconds = calendar().secondsToAlarm();
      next = seconds == Calendar.NEVER ? next : Math.min(next, updatedAt + seconds * SECOND);
    }
    if (next == VmTimer.NEVER) {
      timer.cancel();
    } else if (timer.deadline() != next) {
      timer.arm(next);
    }
  }

  private void timerExpired() {
    catchUp();
    schedule();
    driveIrq();
  }

  // Snapshot

  @Override
  public synchronized State save() {
    List<Integer> bytes = Arrays.stream(ram).boxed().toList();
    return new State(VERSION, index, bytes, updatedAt, flaggedAt);
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("mc146818");
    check.version(VERSION, state.version);
    check.bits("index", state.index, 0xff);
    check.that(state.ram.size() == SIZE, "ram size", state.ram.size());
    state.ram.forEach(value -> check.bits("ram", value, 0xff));
    check.bits("A", state.ram.get(A.INDEX), A.UIP - 1);
    check.bits("C", state.ram.get(C.INDEX), C.FLAGS);
    Arrays.setAll(ram, state.ram::get);
    index = state.index;
    updatedAt = state.updatedAt;
    flaggedAt = state.flaggedAt;
    schedule();
    driveIrq();
  }
}
