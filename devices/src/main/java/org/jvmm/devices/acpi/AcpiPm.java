package org.jvmm.devices.acpi;

import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.time.VmClock;
import org.jvmm.core.time.VmTimer;

/**
 * PM1 event and control registers, the power management timer, general purpose events and the SCI.
 *
 * <p>The timer is computed from VM time. A host timer runs only while the guest wants the interrupt
 * of its overflow.
 */
public final class AcpiPm implements PortDevice, Resettable, Snapshotable<AcpiPm.State> {
  /** Number of ports; accesses are up to four bytes wide. */
  public static final int PORTS = 64;

  /** Offsets in the window, for the FADT. */
  public static final int PM1_EVENT = 0x00, PM1_CONTROL = 0x04, PM_TIMER = 0x08, GPE0 = 0x0c;

  /** Lengths of the PM1 event block and of GPE0, half status and half enable bits. */
  public static final int PM1_EVENT_LENGTH = 4, GPE0_LENGTH = 4;

  /** SLP_TYP of S5, for the DSDT's \_S5 package (PIIX4: SUS_TYP 0, soft off). */
  public static final int SLP_TYP_S5 = 0;

  /** Frequency of the timer. */
  public static final long TIMER_HZ = 3_579_545;

  /** Which bit's change is the timer's overflow, and TMR_VAL_EXT in the FADT. */
  public enum TimerWidth {
    BITS_24(24),
    BITS_32(32);

    private final int bits;

    TimerWidth(int bits) {
      this.bits = bits;
    }
  }

  /** Power management status and enable (7.2.1, 7.2.2). */
  static final class Pm1 {
    static final int TMR = 1, GBL = 1 << 5, PWRBTN = 1 << 8, RTC = 1 << 10;
    static final int ENABLES = TMR | GBL | PWRBTN | RTC;
    static final int STATUS = TMR | PWRBTN;
  }

  /** Power management control (7.2.3). */
  static final class Cntrl {
    static final int SCI_EN = 1, BM_RLD = 1 << 1, SLP_TYP = 7 << 10, SLP_EN = 1 << 13;
    static final int SLP_TYP_SHIFT = 10;
    static final int KEPT = BM_RLD | SLP_TYP;
  }

  private static final int PMSTS = 0x00, PMEN = 0x02, PMCNTRL = 0x04, GPSTS = 0x0c, GPEN = 0x0e;
  private static final int VERSION = 1;
  private static final long NANOS = 1_000_000_000;

  // Configuration
  private final TimerWidth timerWidth;
  private final boolean acpiAtReset;

  // Glue
  private final IrqLine sci;
  private final Runnable powerOff;
  private final VmClock clock;
  private final VmTimer overflowTimer;

  // Volatile state
  private int pmsts, pmen, pmcntrl, gpsts, gpen;

  /** Half periods of the timer up to which TMR_STS is right. */
  private long halvesSeen;

  /** The volatile state. */
  public record State(
      int version, int pmsts, int pmen, int pmcntrl, int gpsts, int gpen, long halvesSeen) {}

  /**
   * A block after reset.
   *
   * @param acpiAtReset whether SCI_EN is set from the beginning, for machines without firmware
   *     whose FADT has no SMI command; else {@link #setAcpiMode} sets it
   * @param sci the system control interrupt, a level
   * @param powerOff what the guest's entering S5 does; called with the monitor held
   */
  public AcpiPm(
      TimerWidth timerWidth, boolean acpiAtReset, IrqLine sci, VmClock clock, Runnable powerOff) {
    this.timerWidth = timerWidth;
    this.acpiAtReset = acpiAtReset;
    this.sci = sci;
    this.clock = clock;
    this.powerOff = powerOff;
    overflowTimer = clock.timer(this, this::update);
    clear();
  }

  @Override
  public synchronized void reset() {
    clear();
    update();
  }

  private void clear() {
    pmsts = pmen = gpsts = gpen = 0;
    pmcntrl = acpiAtReset ? Cntrl.SCI_EN : 0;
    halvesSeen = halves();
  }

  // The board's side

  /** The user presses the power button. Any thread. */
  public synchronized void pressPowerButton() {
    pmsts |= Pm1.PWRBTN;
    update();
  }

  /**
   * Raises a general purpose event. Any thread.
   *
   * @param event 0..15: the bit in GPE0's status register
   */
  public synchronized void raiseGpe(int event) {
    gpsts |= 1 << event;
    update();
  }

  /** What the SMI command's ACPI_ENABLE and ACPI_DISABLE ask the firmware to do. */
  public synchronized void setAcpiMode(boolean on) {
    pmcntrl = on ? pmcntrl | Cntrl.SCI_EN : pmcntrl & ~Cntrl.SCI_EN;
    update();
  }

  // The guest's side

  @Override
  public int read(int offset, int size) {
    if (offset == PM_TIMER) {
      return timerValue(); // in one piece, and first: it is read most
    }
    update();
    int even = offset & ~1;
    long words = word(even) | (long) word(even + 2) << 16 | (long) word(even + 4) << 32;
    return (int) (words >> 8 * (offset - even));
  }

  private int word(int at) {
    return switch (at) {
      case PMSTS -> pmsts;
      case PMEN -> pmen;
      case PMCNTRL -> pmcntrl;
      case PM_TIMER -> timerValue() & 0xffff;
      case PM_TIMER + 2 -> timerValue() >>> 16;
      case GPSTS -> gpsts;
      case GPEN -> gpen;
      default -> 0;
    };
  }

  @Override
  public void write(int offset, int size, int value) {
    update();
    int even = offset & ~1;
    int shift = 8 * (offset - even);
    long data = Integer.toUnsignedLong(value) << shift;
    long mask = ((1L << 8 * size) - 1) << shift;
    for (int at = even; mask != 0; at += 2) {
      writeWord(at, (int) (data & 0xffff), (int) (mask & 0xffff));
      data >>>= 16;
      mask >>>= 16;
    }
    update();
  }

  /**
   * Writes a part of a word register.
   *
   * @param mask the bits that the access reaches; {@code data} is 0 outside
   */
  private void writeWord(int at, int data, int mask) {
    switch (at) {
      case PMSTS -> pmsts &= ~data;
      case PMEN -> pmen = merge(pmen, data, mask, Pm1.ENABLES);
      case PMCNTRL -> writeControl(data, mask);
      case GPSTS -> gpsts &= ~data;
      case GPEN -> gpen = merge(gpen, data, mask, 0xffff);
      default -> {} // the timer is read-only, the rest is not emulated
    }
  }

  private static int merge(int old, int data, int mask, int writable) {
    return (old & ~mask | data) & writable;
  }

  private void writeControl(int data, int mask) {
    pmcntrl = merge(pmcntrl, data, mask, Cntrl.KEPT) | pmcntrl & Cntrl.SCI_EN;
    boolean sleep = (data & Cntrl.SLP_EN) != 0;
    if (sleep && (pmcntrl & Cntrl.SLP_TYP) >> Cntrl.SLP_TYP_SHIFT == SLP_TYP_S5) {
      powerOff.run();
    }
  }

  // Timer and SCI

  private static long ticksAt(long nanos) {
    return nanos / NANOS * TIMER_HZ + nanos % NANOS * TIMER_HZ / NANOS;
  }

  /** The first nanosecond at which {@link #ticksAt} has reached a count. */
  private static long nanosAt(long ticks) {
    return ticks / TIMER_HZ * NANOS + (ticks % TIMER_HZ * NANOS + TIMER_HZ - 1) / TIMER_HZ;
  }

  private int timerValue() {
    return (int) (ticksAt(clock.nanos()) & ((1L << timerWidth.bits) - 1));
  }

  /** How often the timer's highest bit has changed. */
  private long halves() {
    return ticksAt(clock.nanos()) >> (timerWidth.bits - 1);
  }

  /** Brings TMR_STS up to date, drives the SCI, and wakes up at the next overflow if asked to. */
  private void update() {
    long halves = halves();
    if (halves != halvesSeen) {
      halvesSeen = halves;
      pmsts |= Pm1.TMR;
    }
    sci.set((pmcntrl & Cntrl.SCI_EN) != 0 && ((pmsts & pmen) != 0 || (gpsts & gpen) != 0));
    if ((pmen & ~pmsts & Pm1.TMR) == 0) {
      overflowTimer.cancel();
    } else if (overflowTimer.deadline() == VmTimer.NEVER) {
      overflowTimer.arm(nanosAt((halves + 1) << (timerWidth.bits - 1)));
    }
  }

  // Snapshot

  @Override
  public synchronized State save() {
    return new State(VERSION, pmsts, pmen, pmcntrl, gpsts, gpen, halvesSeen);
  }

  @Override
  public synchronized void restore(State state) {
    StateCheck check = new StateCheck("acpi-pm");
    check.version(VERSION, state.version);
    check.bits("pmsts", state.pmsts, Pm1.STATUS);
    check.bits("pmen", state.pmen, Pm1.ENABLES);
    check.bits("pmcntrl", state.pmcntrl, Cntrl.SCI_EN | Cntrl.KEPT);
    check.bits("gpsts", state.gpsts, 0xffff);
    check.bits("gpen", state.gpen, 0xffff);
    pmsts = state.pmsts;
    pmen = state.pmen;
    pmcntrl = state.pmcntrl;
    gpsts = state.gpsts;
    gpen = state.gpen;
    halvesSeen = state.halvesSeen;
    overflowTimer.cancel();
    update();
  }
}
